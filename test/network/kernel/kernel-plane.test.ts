import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBalancer } from "../../../src/balancer/balancer.ts";
import { KernelPlane, type KernelPlaneOptions } from "../../../src/network/kernel/kernel-plane.ts";
import type { Endpoint } from "../../../src/objects/endpoint-slice.ts";
import type { ServiceSpec } from "../../../src/objects/service.ts";
import { plannedRelays, type RelayPlaces } from "../../../src/proxy/relays/relay-plan.ts";
import { Store } from "../../../src/store/store.ts";
import { endpoint, service, slice } from "../../balancer/objects.ts";
import { NftModel, type Outcome } from "./nft-model.ts";

const NODE_ADDRESS = "192.168.7.1";
const ROUTER = { IPv4: "169.254.1.1", IPv6: "fe80::6b75" };
const PODS = ["10.244.0.1", "10.244.0.2", "10.244.0.3", "10.244.0.4"];

const PLACES: RelayPlaces = {
  services: true,
  localAddress: (address) => address,
  everyPod: true,
  nodePortHosts: [NODE_ADDRESS, ROUTER.IPv4],
  node: undefined,
};

/** A plane over a store of its own, whose commands go to a model of nft. */
function world(more: Partial<KernelPlaneOptions> & { readonly node?: string } = {}) {
  const { node, ...options } = more;
  const store = new Store();
  let draw = 0;
  let now = 0;
  const balancer = createBalancer({ store, node, random: () => draw, now: () => now });
  const nft = new NftModel();
  const ran: string[] = [];
  const faults: Error[] = [];
  const plane = new KernelPlane({
    store,
    balancer,
    places: PLACES,
    policy: "random",
    ownAddresses: new Set(["10.96.0.10:53"]),
    router: ROUTER,
    async run(commands) {
      nft.run(commands);
      ran.push(commands);
    },
    onFault: (error) => faults.push(error),
    ...options,
  });
  plane.add(PODS);
  const put = (...objects: Parameters<typeof slice>[0][] | unknown[]) =>
    store.apply(objects.map((object) => ({ op: "put", object: object as never })));
  /** What the balancer may choose for a client of this node, by asking it. */
  function choices(name: string, at: string): Map<string, Outcome> {
    const found = new Map<string, Outcome>();
    const own = store.get("Service", "shop", name);
    if (own === undefined) return found;
    // Sessions of the last time are over.
    now += 1e9;
    for (const plan of plannedRelays(own, balancer, PLACES)) {
      const { address, port, protocol, traffic, target } = plan;
      const to: string[] = [];
      let outcome: Outcome | undefined;
      const count = 12;
      for (let i = 0; i < count; i++) {
        draw = (i + 0.5) / count;
        // Another client each time, so that no session holds.
        const client = at.includes(":") ? `${at}${i}` : at.replace(/\d+$/, `${i + 1}`);
        const picked = balancer.pick(target, { address: client, traffic, fromThisNode: true });
        if (picked.outcome === "endpoint") to.push(`${picked.address} . ${picked.port}`);
        else outcome = picked.outcome === "drop" ? "dropped" : "passed";
      }
      found.set(`${protocol} ${address} ${port}`, outcome ?? { to: [...new Set(to)].sort() });
    }
    return found;
  }
  return { store, balancer, nft, ran, faults, plane, put, choices };
}

const web = (spec: Partial<ServiceSpec> = {}) =>
  service("web", { clusterIP: "10.96.1.1", ...spec });

const sorted = (outcome: Outcome): Outcome =>
  typeof outcome === "string" ? outcome : { to: [...outcome.to].sort() };

const CLIENT = "10.244.9.1";

async function textsFor(spec: Partial<ServiceSpec>, ...addresses: readonly string[]) {
  const { plane, put, ran } = world();
  await plane.open();
  ran.length = 0;
  put(
    web(spec),
    slice({
      service: "web",
      ports: [{ port: 8080, protocol: spec.ports?.[0]?.protocol ?? "TCP" }],
      endpoints: addresses.map((address) => endpoint(address)),
    }),
  );
  await plane.settled();
  return ran.join("").trim().replaceAll("ip kubelane-services ", "").split("\n");
}

describe("the commands for a Service", () => {
  test("choose one of its endpoints at random", async () => {
    expect(await textsFor({}, "10.244.0.1", "10.244.0.2")).toEqual([
      "add chain random-2",
      "add rule random-2 meta mark set numgen random mod 2",
      "add rule random-2 meta l4proto { tcp, udp } dnat ip to ct mark . meta mark map @endpoints",
      "add element ways { 10.96.1.1 . tcp . 80 : 1 }",
      "add element choices { 1 : goto random-2 }",
      "add element endpoints { 1 . 0 : 10.244.0.1 . 8080, 1 . 1 : 10.244.0.2 . 8080 }",
    ]);
  });

  test("keep a client with its endpoint", async () => {
    const config = { clientIP: { timeoutSeconds: 60 } };
    expect(
      await textsFor({ sessionAffinity: "ClientIP", sessionAffinityConfig: config }, "10.244.0.1"),
    ).toEqual([
      "add chain keep-60",
      "add rule keep-60 update @sessions { ct mark . ip saddr timeout 60s : meta mark }",
      "add rule keep-60 meta l4proto { tcp, udp } dnat ip to ct mark . meta mark map @endpoints",
      "add chain session-60-1",
      "add rule session-60-1 meta mark set ct mark . ip saddr map @sessions",
      "add rule session-60-1 ct mark . meta mark vmap @members",
      "add rule session-60-1 meta mark set numgen random mod 1",
      "add rule session-60-1 meta mark set ct mark . meta mark map @drawn",
      "add rule session-60-1 goto keep-60",
      "add element ways { 10.96.1.1 . tcp . 80 : 1 }",
      "add element choices { 1 : goto session-60-1 }",
      "add element endpoints { 1 . 65536 : 10.244.0.1 . 8080 }",
      "add element drawn { 1 . 0 : 65536 }",
      "add element members { 1 . 65536 : goto keep-60 }",
    ]);
  });

  test("offer it at ports of the node, and give its datagrams a zone", async () => {
    const ports = [{ port: 53, nodePort: 30053, protocol: "UDP" as const }];
    expect((await textsFor({ type: "NodePort", ports }, "10.244.0.1")).slice(3)).toEqual([
      "add element ways { 10.96.1.1 . udp . 53 : 1, 192.168.7.1 . udp . 30053 : 1, 169.254.1.1 . udp . 30053 : 1 }",
      "add element generations { 10.96.1.1 . 53 : 1, 192.168.7.1 . 30053 : 1, 169.254.1.1 . 30053 : 1 }",
      "add element choices { 1 : goto random-1 }",
      "add element endpoints { 1 . 0 : 10.244.0.1 . 8080 }",
    ]);
  });

  test("take nothing for a Service without endpoints: nobody listens, and so it is refused", async () => {
    expect(await textsFor({})).toEqual([""]);
  });
});

describe("a change", () => {
  test("of an endpoint is a few elements in one transaction", async () => {
    const { plane, put, ran } = world();
    await plane.open();
    const ready = (...addresses: string[]) =>
      slice({ service: "web", endpoints: addresses.map((address) => endpoint(address)) });
    put(web(), ready("10.244.0.1", "10.244.0.2"));
    await plane.settled();
    ran.length = 0;
    put(ready("10.244.0.1", "10.244.0.3"));
    await plane.settled();
    expect(ran).toEqual([
      [
        "delete element ip kubelane-services endpoints { 1 . 1 }\n",
        "add element ip kubelane-services endpoints { 1 . 1 : 10.244.0.3 . 8080 }\n",
      ].join(""),
    ]);
  });

  test("that comes while another is carried out waits for it", async () => {
    const { plane, put, ran, nft } = world();
    await plane.open();
    put(web(), slice({ service: "web", endpoints: [endpoint("10.244.0.1")] }));
    await new Promise<void>((resolve) => setImmediate(resolve));
    put(slice({ service: "web", endpoints: [endpoint("10.244.0.2")] }));
    put(slice({ service: "web", endpoints: [endpoint("10.244.0.3")] }));
    await plane.settled();
    expect(ran.slice(-2).every((each) => each.includes("endpoints"))).toBe(true);
    expect(nft.connect(CLIENT, "10.96.1.1", 80, "tcp")).toEqual({ to: ["10.244.0.3 . 8080"] });
  });

  test("that takes an endpoint of datagrams away makes their flows new; one that adds doesn't", async () => {
    const { plane, put, nft } = world();
    await plane.open();
    const ports = [{ port: 53, protocol: "UDP" as const }];
    const ready = (...addresses: string[]) =>
      slice({
        service: "web",
        ports: [{ port: 53, protocol: "UDP" }],
        endpoints: addresses.map((address) => endpoint(address)),
      });
    const generation = async () => {
      await plane.settled();
      return nft.elements("ip", "generations").get("10.96.1.1 . 53");
    };
    put(web({ ports }), ready("10.244.0.1"));
    const first = await generation();
    put(ready("10.244.0.1", "10.244.0.2"));
    expect(await generation()).toBe(first);
    put(ready("10.244.0.2"));
    const second = await generation();
    expect(second).not.toBe(first);
    put(ready());
    expect(await generation()).toBeUndefined();
    put(ready("10.244.0.2"));
    expect([first, second, undefined]).not.toContain(await generation());
  });

  test("of the first of two Services with one address gives it to the second", async () => {
    const { store, plane, put, nft } = world();
    await plane.open();
    put(web(), slice({ service: "web", endpoints: [endpoint("10.244.0.1")] }));
    put(
      service("other", { clusterIP: "10.96.1.1" }),
      slice({ service: "other", endpoints: [endpoint("10.244.0.2")] }),
    );
    await plane.settled();
    expect(nft.connect(CLIENT, "10.96.1.1", 80, "tcp")).toEqual({ to: ["10.244.0.1 . 8080"] });
    expect(plane.carriages().map(({ key, carriage }) => [key.service, carriage.by])).toEqual([
      ["web", "kernel"],
      ["other", "relay"],
    ]);
    store.apply([{ op: "delete", key: { kind: "Service", namespace: "shop", name: "web" } }]);
    await plane.settled();
    expect(nft.connect(CLIENT, "10.96.1.1", 80, "tcp")).toEqual({ to: ["10.244.0.2 . 8080"] });
  });
});

describe("a relay has", () => {
  test.each([
    ["endpoints outside the network", {}, {}, "10.9.9.9", /10\.9\.9\.9:8080 is outside/],
    ["choices of another policy", {}, { policy: "p2c" }, "10.244.0.1", /policy is p2c/],
    [
      "what this process answers itself",
      { clusterIP: "10.96.0.10", ports: [{ port: 53 }] },
      {},
      "10.244.0.1",
      /answers there itself/,
    ],
    ["SCTP", { ports: [{ port: 80, protocol: "SCTP" }] }, {}, "10.244.0.1", /TCP and UDP/],
  ] as const)("%s, and it is known why", async (_, spec, options, address, reason) => {
    const { plane, put, nft } = world(options);
    await plane.open();
    const [{ protocol = "TCP" } = {}] = (spec as Partial<ServiceSpec>).ports ?? [];
    put(
      web(spec as Partial<ServiceSpec>),
      slice({
        service: "web",
        ports: [{ port: 8080, protocol }],
        endpoints: [endpoint("10.244.0.1"), endpoint(address)],
      }),
    );
    await plane.settled();
    expect(plane.carriages()).toMatchObject([
      { carriage: { by: "relay", reason: expect.stringMatching(reason) } },
    ]);
    expect(nft.elements("ip", "ways").size).toBe(0);
  });

  test("a Service until its pod is in the network, and again when it has left", async () => {
    const { plane, put } = world();
    await plane.open();
    put(web(), slice({ service: "web", endpoints: [endpoint("10.244.0.9")] }));
    const by = async () => {
      await plane.settled();
      return plane.carriages()[0]?.carriage.by;
    };
    expect(await by()).toBe("relay");
    plane.add(["10.244.0.9"]);
    expect(await by()).toBe("kernel");
    plane.remove(["10.244.0.9"]);
    expect(await by()).toBe("relay");
  });
});

describe("nft that fails", () => {
  test("once is asked for everything again", async () => {
    let failures = 0;
    const { nft, ...rest } = world();
    const { store, plane, faults } = world({
      async run(commands) {
        if (commands.includes("10.244.0.2 . 8080") && failures++ === 0)
          throw new Error("Error: busy");
        nft.run(commands);
      },
    });
    rest.plane.close();
    await plane.open();
    const put = (object: unknown) => store.apply([{ op: "put", object: object as never }]);
    put(web());
    put(slice({ service: "web", endpoints: [endpoint("10.244.0.1")] }));
    await plane.settled();
    put(slice({ service: "web", endpoints: [endpoint("10.244.0.1"), endpoint("10.244.0.2")] }));
    await plane.settled();
    expect(failures).toBe(2);
    expect(faults).toEqual([]);
    expect(nft.connect(CLIENT, "10.96.1.1", 80, "tcp")).toEqual({
      to: ["10.244.0.1 . 8080", "10.244.0.2 . 8080"],
    });
  });

  test("again leaves everything to relays", async () => {
    const nft = new NftModel();
    const { store, plane, faults } = world({
      async run(commands) {
        if (commands.includes("10.96.1.1")) throw new Error("Error: no memory");
        nft.run(commands);
      },
    });
    await plane.open();
    store.apply([
      { op: "put", object: web() },
      { op: "put", object: slice({ service: "web", endpoints: [endpoint("10.244.0.1")] }) },
    ]);
    await plane.settled();
    expect(faults.map(({ message }) => message)).toEqual(["Error: no memory"]);
    expect(nft.tables).toEqual([]);
    expect(plane.carriages()).toEqual([]);
  });

  test("for IPv6 leaves that to relays", async () => {
    const nft = new NftModel();
    const { store, plane } = world({
      async run(commands) {
        if (commands.includes("ip6")) throw new Error("Error: Operation not supported");
        nft.run(commands);
      },
    });
    plane.add(["fd00::1"]);
    await plane.open();
    store.apply([
      { op: "put", object: web({ clusterIP: "fd00:96::1", ipFamilies: ["IPv6"] }) },
      {
        op: "put",
        object: slice({ service: "web", endpoints: [endpoint("fd00::1")], addressType: "IPv6" }),
      },
    ]);
    await plane.settled();
    expect(plane.carriages()).toMatchObject([
      { carriage: { by: "relay", reason: "the kernel has no rules for IPv6" } },
    ]);
  });
});

const ADDRESSES = [...PODS, "10.9.9.9"];
const V6 = ["fd00:6b75:6265::2", "fd00:6b75:6265::3"];

const arbitraryEndpoint = (addresses: readonly string[]): fc.Arbitrary<Endpoint> =>
  fc.record({
    addresses: fc.constantFrom(...addresses).map((address) => [address]),
    conditions: fc.constantFrom(
      { ready: true },
      { ready: false, serving: true, terminating: true },
      { ready: false, serving: false, terminating: false },
    ),
    nodeName: fc.constantFrom("n1", "n2"),
  });

const arbitrarySpec: fc.Arbitrary<Partial<ServiceSpec>> = fc
  .record({
    type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer"),
    clusterIPs: fc.constantFrom(
      ["10.96.1.1"],
      ["10.96.1.2"],
      ["10.96.1.3", "fd00:96::3"],
      ["fd00:96::4"],
    ),
    internalTrafficPolicy: fc.constantFrom("Cluster", "Local"),
    externalTrafficPolicy: fc.constantFrom("Cluster", "Local"),
    sessionAffinity: fc.constantFrom("None", "None", "ClientIP"),
    loadBalancerSourceRanges: fc.constantFrom(
      undefined,
      ["10.244.9.0/24"],
      ["10.0.0.0/8", "10.244.9.0/24"],
      ["192.0.2.0/24", "fd00:9::/64"],
    ),
    externalIPs: fc.constantFrom([], ["203.0.113.7"], ["2001:db8::7"]),
    protocol: fc.constantFrom("TCP", "UDP"),
    nodePort: fc.constantFrom(30080, 30081),
  })
  .map(({ protocol, nodePort, loadBalancerSourceRanges, ...spec }) => ({
    ...spec,
    clusterIP: spec.clusterIPs[0] as string,
    ...(loadBalancerSourceRanges && { loadBalancerSourceRanges }),
    ports: [
      { name: "a", port: 80, protocol, ...(spec.type !== "ClusterIP" && { nodePort }) },
      { name: "b", port: 81, protocol: "TCP" },
    ],
  })) as never;

const NAMES = ["one", "two", "three"];

type Step =
  | { readonly put: string; readonly spec: Partial<ServiceSpec>; readonly balanced: string }
  | {
      readonly slices: string;
      readonly four: readonly Endpoint[];
      readonly six: readonly Endpoint[];
    }
  | { readonly gone: string }
  | { readonly moved: string; readonly isThere: boolean };

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    put: fc.constantFrom(...NAMES),
    spec: arbitrarySpec,
    balanced: fc.constantFrom("203.0.113.1", "2001:db8::1"),
  }),
  fc.record({
    slices: fc.constantFrom(...NAMES),
    four: fc.array(arbitraryEndpoint(ADDRESSES), { maxLength: 5 }),
    six: fc.array(arbitraryEndpoint(V6), { maxLength: 2 }),
  }),
  fc.record({ gone: fc.constantFrom(...NAMES) }),
  fc.record({ moved: fc.constantFrom(...ADDRESSES, ...V6), isThere: fc.boolean() }),
);

test("in random worlds the rules choose from what the balancer chooses from, at every address", async () => {
  let carried = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryStep, { minLength: 4, maxLength: 25 }), async (steps) => {
      const { store, plane, put, nft, choices, faults } = world({ node: "n1" });
      await plane.open();
      /** By place, those that want it, first come first. */
      const owners = new Map<string, Set<string>>();
      for (const step of steps) {
        if ("put" in step) {
          const ingress = [{ ip: step.balanced }];
          put({
            ...service(step.put, step.spec),
            status: { loadBalancer: { ingress } },
          });
        } else if ("slices" in step) {
          const ports = (["TCP", "UDP"] as const).flatMap((protocol) => [
            { name: "a", port: 8080, protocol },
            { name: "b", port: 8081, protocol },
          ]);
          put(
            slice({ service: step.slices, endpoints: step.four, ports }),
            slice({
              service: step.slices,
              name: `${step.slices}-6`,
              endpoints: step.six,
              ports,
              addressType: "IPv6",
            }),
          );
        } else if ("gone" in step) {
          if (store.get("Service", "shop", step.gone) === undefined) continue;
          store.apply([
            { op: "delete", key: { kind: "Service", namespace: "shop", name: step.gone } },
          ]);
        } else if (step.isThere) plane.add([step.moved]);
        else plane.remove([step.moved]);
        await plane.settled();
        expect(faults).toEqual([]);
        const byRelay = new Set(
          plane
            .carriages()
            .flatMap(({ key, carriage }) =>
              carriage.by === "relay" ? [`${key.service} ${key.protocol} ${key.family}`] : [],
            ),
        );
        for (const name of NAMES) {
          for (const client of ["10.244.9.1", "fd00:9::1"]) {
            const wanted = choices(name, client);
            for (const [place, services] of owners) {
              if (!wanted.has(place)) services.delete(name);
            }
            for (const [place, expected] of wanted) {
              const services = owners.get(place) ?? new Set();
              owners.set(place, services.add(name));
              const [owner] = services;
              const [protocol = "", address = "", port = ""] = place.split(" ");
              const isV6 = address.includes(":");
              if (owner !== name || isV6 !== client.includes(":")) continue;
              if (byRelay.has(`${name} ${protocol} ${isV6 ? "IPv6" : "IPv4"}`)) continue;
              const transport = protocol === "TCP" ? "tcp" : "udp";
              const found = sorted(nft.connect(client, address, Number(port), transport));
              // From a node's IPv4 address to endpoints of IPv6 only a relay leads.
              const isMixed =
                typeof expected === "object" && expected.to[0]?.includes(":") !== isV6;
              expect([name, place, found]).toEqual([name, place, isMixed ? "passed" : expected]);
              if (found !== "passed") carried++;
            }
          }
        }
      }
      plane.close();
    }),
    { numRuns: 150 },
  );
  expect(carried).toBeGreaterThan(300);
});
