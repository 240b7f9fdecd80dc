import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Backend } from "../../src/balancer/backend.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { hostPort } from "../../src/net/host-port.ts";
import { isRoute, type NoRoute, type Route } from "../../src/view/route.ts";
import { startGround } from "./ground.ts";
import { randomHost, randomPort, randomWorld } from "./random-worlds.ts";
import { canAsk, traced, WAYS, type WayIn } from "./ways.ts";

/** `WORLDS=20000 SOCKET_WORLDS=300 KUBELANE_SEED=random npx vitest run test/view/random-worlds` looks further. */
const WORLDS = Number(process.env["WORLDS"] ?? 2_000);
const SOCKET_WORLDS = Number(process.env["SOCKET_WORLDS"] ?? 60);

/** Every endpoint that may be chosen on a route. */
function endpointsOf({ balancer }: Engine, { port, only }: Route): string[] {
  const exclude = new Set<Backend>();
  for (;;) {
    const picked = balancer.pick(port, { address: "127.0.0.1", ...only, exclude });
    if (picked.outcome !== "endpoint") break;
    exclude.add(picked.backend);
  }
  return [...exclude].map(({ address, port: number }) => hostPort(address, number));
}

/** The addresses of other tests that run at the same time are on the first mirror. */
const OWN_MIRROR = 5;

const BY_ADDRESS = ["DNS and address", "resolve", "lookup"];

/** Whether two Services have the address of this route's Service: whoever asks by address means the first of them. */
function isAddressOfAnother({ view }: Engine, { port: { service, port } }: Route): boolean {
  const address = service.spec.clusterIP;
  if (address === undefined || isIP(address) === 0) return false;
  const found = view.find(address, port.port);
  return isRoute(found) && found.port.service !== service;
}

/** Where the way in is asked another question than the view: see the rows of worlds.ts that say why. */
function isExcused(
  engine: Engine,
  { name, namesOnly }: WayIn,
  host: string,
  found: Route | NoRoute,
): boolean {
  if (namesOnly && isIP(host) !== 0) return true;
  if (!isRoute(found)) {
    // A program goes to an address by itself, and the pod there may listen at more than is declared.
    if (name === "in process" && isIP(host) !== 0) return true;
    // Other names are the system's; pods may have the port that the Service lacks.
    if (found.rule === "not-ours") return name === "in process" || name === "lookup";
    return found.rule === "no-port" && BY_ADDRESS.includes(name);
  }
  const { translated, only, port } = found;
  const isDeclared = port.service.spec.ports?.some((each) => each.port === port.port.port) ?? false;
  return (
    BY_ADDRESS.includes(name) &&
    (translated !== undefined ||
      only?.pod !== undefined ||
      !isDeclared ||
      isAddressOfAnother(engine, found))
  );
}

describe("in random worlds", () => {
  it(
    "the gateway's router, clients of this process and trace agree, and with DNS about the name",
    () => {
      fc.assert(
        fc.property(randomWorld, randomHost, randomPort, ({ objects, node }, host, number) => {
          const engine = createEngine({ controllers: [], ...(node && { node }) });
          engine.store.apply(objects.map((object) => ({ op: "put", object })));
          const found = engine.view.find(host, number);
          const picked =
            "port" in found
              ? engine.balancer.pick(found.port, { address: "127.0.0.1", ...found.only })
              : undefined;
          const reached = picked?.outcome === "endpoint";
          expect(traced(engine, host, number) !== undefined).toBe(reached);
          const destination = engine.inProcess.view.destinations.find(host, number);
          const chosen =
            destination?.kind === "pod" ||
            (destination?.kind === "service" &&
              engine.balancer.pick(destination.route.port, destination.route.only).outcome ===
                "endpoint");
          if (isIP(host) === 0 || !isRoute(found) || found.only?.pod === undefined) {
            expect(chosen).toBe(reached);
          }
          const answers = engine.dns.as({ namespace: "default" }).resolve(host).found;
          // What is reached by name has an address in DNS.
          if (reached && isIP(host) === 0) expect(answers).toBeDefined();
          void engine.close({ grace: 0 });
        }),
        { numRuns: WORLDS },
      );
    },
    90 * WORLDS,
  );

  it(
    "whoever asks through a socket reaches an endpoint that the view would choose, or nobody",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          randomWorld,
          fc.array(fc.tuple(randomHost, fc.option(randomPort, { nil: undefined, freq: 3 })), {
            minLength: 6,
            maxLength: 6,
          }),
          async ({ objects, node }, asked) => {
            await using ground = await startGround(objects, {
              controllers: [],
              mirror: OWN_MIRROR,
              ...(node && { node }),
            });
            const { engine } = ground;
            for (const [host, port] of asked) {
              const found = engine.view.find(host, port);
              const may = isRoute(found) ? endpointsOf(engine, found) : [];
              for (const way of WAYS) {
                if (!canAsk(way, { host, port }) || isExcused(engine, way, host, found)) continue;
                const answer = await way.ask(ground, host, port);
                const said = { way: way.name, host, port, answer };
                if (may.length === 0) expect(said).toEqual({ ...said, answer: undefined });
                else expect(may, JSON.stringify(said)).toContain(answer);
              }
            }
          },
        ),
        { numRuns: SOCKET_WORLDS },
      );
    },
    5_000 * SOCKET_WORLDS,
  );
});
