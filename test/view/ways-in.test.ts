import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { traceName } from "../../src/cli/trace/trace-name.ts";
import { createEngine } from "../../src/engine/engine.ts";
import type { EngineOptions } from "../../src/engine/options.ts";
import type { Endpoint, EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { WAYS, type WayIn, type World } from "./ways.ts";
import {
  type Decision,
  down,
  leaving,
  ONE,
  ROWS,
  type Row,
  service,
  slice,
  TWO,
} from "./worlds.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A world whose every endpoint is a server of this test that says which one it was dialled as. */
async function worldOf(objects: readonly KubernetesObject[], options: EngineOptions = {}) {
  const places = new Map<string, number>();
  const wanted = new Set<string>();
  for (const object of objects) {
    if (object.kind === "Pod") for (const port of [7000, 5432]) wanted.add(`${ONE}:${port}`);
    if (object.kind !== "EndpointSlice") continue;
    const { endpoints, ports } = object as EndpointSlice;
    for (const { addresses } of endpoints) {
      for (const port of [5432, ...(ports ?? []).map((each) => each.port ?? 0)]) {
        wanted.add(`${addresses[0]}:${port}`);
      }
    }
  }
  for (const place of wanted) {
    const server = createServer((_, response) => {
      response.setHeader("connection", "close");
      response.end(place);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    places.set(place, (server.address() as AddressInfo).port);
    open.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }
  const engine = createEngine({
    controllers: [],
    ...options,
    localAddressOf(address, port) {
      const local = places.get(`${address}:${port}`);
      return local === undefined ? undefined : { host: "127.0.0.1", port: local };
    },
  });
  open.push(() => engine.close({ grace: 0 }));
  engine.store.apply(objects.map((object) => ({ op: "put", object })));
  const listening = await engine.listen({ gateway: { listen: "127.0.0.1:0" } });
  return { engine, gateway: listening.gateway?.port ?? 0 };
}

async function decide(way: WayIn, world: World, { ask, port, decision }: Row): Promise<Decision> {
  const seen = new Set<string>();
  for (let i = 0; i < (decision === "nobody" ? 1 : 40); i++) {
    const answer = await way.ask(world, ask, port);
    if (answer === undefined) return "nobody";
    seen.add(answer);
    if (seen.size >= decision.length && i >= decision.length + 3) break;
  }
  return [...seen].sort();
}

describe("every way in decides the same", () => {
  it.each(ROWS)("$name", async (row) => {
    const world = await worldOf(row.objects, row.options);
    const asked = WAYS.filter(({ portless }) => row.port !== undefined || portless);
    const cells: [string, Decision][] = [];
    for (const way of asked) cells.push([way.name, await decide(way, world, row)]);
    expect(cells).toEqual(asked.map(({ name }) => [name, row.decision]));
  });
});

describe("in random worlds", () => {
  const address = fc.constantFrom(ONE, TWO, "10.244.0.3");
  const conditions = fc.constantFrom({}, down.conditions, leaving.conditions, { ready: true });
  const endpoint: fc.Arbitrary<Endpoint> = fc.record({
    addresses: fc.tuple(address),
    conditions,
    hostname: fc.constantFrom("db-0", "db-1"),
    nodeName: fc.constantFrom("n1", "n2"),
  });
  const name = fc.constantFrom("web", "db", "old");
  const port = fc.constantFrom<readonly { name?: string; port: number }[]>(
    [{ port: 80 }],
    [
      { name: "http", port: 80 },
      { name: "x", port: 9090 },
    ],
    [
      { name: "x", port: 9090 },
      { name: "y", port: 81 },
    ],
    [],
  );
  const spec = fc.oneof(
    fc.record({
      clusterIP: fc.constantFrom("10.96.0.50", "None", "10.96.0.51"),
      ports: port,
      internalTrafficPolicy: fc.constantFrom("Local" as const, "Cluster" as const),
    }),
    fc.record({
      type: fc.constant("ExternalName" as const),
      externalName: fc.constantFrom(
        "web.default.svc.cluster.local",
        "DB.default.svc.cluster.local.",
        "old.default.svc.cluster.local",
        "example.org",
        "192.0.2.1",
      ),
    }),
  );
  const slicePorts = fc.constantFrom<EndpointSlice["ports"]>(
    [{ port: 8080 }],
    [
      { name: "http", port: 8080 },
      { name: "x", port: 9999 },
    ],
    [],
  );
  const world = fc.record({
    services: fc.uniqueArray(fc.tuple(name, spec), { selector: ([each]) => each, minLength: 1 }),
    slices: fc.uniqueArray(fc.tuple(name, fc.array(endpoint, { maxLength: 3 }), slicePorts), {
      selector: ([each]) => each,
    }),
    node: fc.constantFrom(undefined, "n1"),
  });
  const asked = fc.tuple(
    fc.constantFrom(
      ...["web", "db", "old", "web.default", "db-0.db", "10-244-0-1.db", "db-1.web.default.svc"],
      ...["old.default.svc.cluster.local", "nope", "10.96.0.50", "10.96.0.51", "a.b.c"],
    ),
    fc.constantFrom(80, 9090, 8080, 81, 5432),
  );

  it("the gateway's router, clients of this process and trace agree, and with DNS about the name", () => {
    fc.assert(
      fc.property(world, asked, ({ services, slices, node }, [host, number]) => {
        const engine = createEngine({ controllers: [], ...(node && { node }) });
        const objects = [
          ...services.map(([each, body]) => service(each, body)),
          ...slices.map(([each, endpoints, ports]) => slice(each, endpoints, ports)),
        ];
        engine.store.apply(objects.map((object) => ({ op: "put", object })));
        const found = engine.view.find(host, number);
        const picked =
          "port" in found
            ? engine.balancer.pick(found.port, { address: "127.0.0.1", ...found.only })
            : undefined;
        const reached = picked?.outcome === "endpoint";
        const who = { namespace: "default" };
        const question = { name: host, port: number, who, zone: "cluster.local", lost: [] };
        expect(traceName(engine, question).reached).toBe(reached);
        const destination = engine.inProcess.view.destinations.find(host, number);
        const chosen =
          destination?.kind === "service" &&
          engine.balancer.pick(destination.route.port, destination.route.only).outcome;
        expect(chosen === "endpoint").toBe(reached);
        const answers = engine.dns.as(who).resolve(host).found;
        // What is reached by name has an address in DNS.
        if (reached && !/^[\d.]+$/.test(host)) expect(answers).toBeDefined();
        void engine.close({ grace: 0 });
      }),
      { numRuns: 2000 },
    );
  }, 180_000);
});
