import { describe, expect, test } from "vitest";
import type { BalancedPort } from "../../src/balancer/balanced-port.ts";
import { createBalancer } from "../../src/balancer/balancer.ts";
import type { Client } from "../../src/balancer/choice.ts";
import type { Endpoint } from "../../src/objects/endpoint-slice.ts";
import type { ServiceSpec } from "../../src/objects/service.ts";
import { Store } from "../../src/store/store.ts";
import { endpoint, pod, service, slice } from "./objects.ts";

/** r: ready, t: terminating and serving, d: terminating and not serving, n: not ready; a, b: node or zone. */
function endpoints(text: string): Endpoint[] {
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map((word, i) => {
      const node = word[1];
      const conditions = {
        r: { ready: true, serving: true, terminating: false },
        t: { ready: false, serving: true, terminating: true },
        d: { ready: false, serving: false, terminating: true },
        n: { ready: false, serving: false, terminating: false },
      }[word[0] as "r"];
      const hint = word.slice(3);
      return endpoint(`10.244.0.${i + 1}`, {
        conditions,
        ...(node === undefined || node === "-" ? {} : { nodeName: node, zone: `zone-${node}` }),
        ...(word[2] === "z" ? { hints: { forZones: [{ name: `zone-${hint}` }] } } : {}),
        ...(word[2] === "n"
          ? { hints: { forNodes: [{ name: hint }], forZones: [{ name: `zone-${hint}` }] } }
          : {}),
      });
    });
}

/** The last parts of the addresses that may be used, or what a cluster would do instead. */
function usable(
  text: string,
  spec: Partial<ServiceSpec>,
  client: Client,
  place: { node?: string; zone?: string } = { node: "a", zone: "zone-a" },
): string {
  const store = new Store();
  store.apply([
    { op: "put", object: service("web", spec) },
    { op: "put", object: slice({ service: "web", endpoints: endpoints(text) }) },
  ]);
  const balancer = createBalancer({ store, ...place });
  const port = balancer.lookup("shop", "web", 80);
  if ("outcome" in port) throw new Error(port.reason);
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const picked = balancer.pick(port, client);
    if (picked.outcome !== "endpoint") return picked.outcome;
    seen.add(picked.address.split(".")[3] as string);
  }
  return [...seen].sort().join(" ");
}

const CLUSTER: Partial<ServiceSpec> = {};
const LOCAL: Partial<ServiceSpec> = {
  type: "NodePort",
  internalTrafficPolicy: "Local",
  externalTrafficPolicy: "Local",
};
const INTERNAL: Client = { traffic: "internal" };
const EXTERNAL: Client = { traffic: "external" };
const FROM_NODE: Client = { traffic: "external", fromThisNode: true };

describe("which endpoints are used (P.3)", () => {
  test.each([
    // Policy Cluster: ready ones, else those that terminate and still serve.
    ["ra rb", CLUSTER, INTERNAL, "1 2"],
    ["ra nb tb", CLUSTER, INTERNAL, "1"],
    ["na tb ta", CLUSTER, INTERNAL, "2 3"],
    ["da tb", CLUSTER, INTERNAL, "2"],
    ["na da", CLUSTER, INTERNAL, "reject"],
    ["", CLUSTER, INTERNAL, "reject"],
    ["ra rb", CLUSTER, EXTERNAL, "1 2"],
    ["na", CLUSTER, EXTERNAL, "reject"],
    // Policy Local.
    ["ra rb", LOCAL, INTERNAL, "1"],
    ["ra rb", LOCAL, EXTERNAL, "1"],
    ["ra ta rb", LOCAL, INTERNAL, "1"],
    ["ta rb", LOCAL, INTERNAL, "1"],
    ["ta rb", LOCAL, EXTERNAL, "1"],
    ["rb tb", LOCAL, INTERNAL, "drop"],
    ["rb", LOCAL, EXTERNAL, "drop"],
    ["tb", LOCAL, INTERNAL, "drop"],
    ["rb", LOCAL, FROM_NODE, "1"],
    ["tb", LOCAL, FROM_NODE, "1"],
    ["na nb", LOCAL, INTERNAL, "reject"],
    ["na nb", LOCAL, FROM_NODE, "reject"],
    // Each policy has its own set.
    ["ra rb", { internalTrafficPolicy: "Local" }, INTERNAL, "1"],
    ["ra rb", { internalTrafficPolicy: "Local" }, EXTERNAL, "1 2"],
    ["ra rb", { type: "NodePort", externalTrafficPolicy: "Local" }, INTERNAL, "1 2"],
    // An endpoint without a node is everywhere.
    ["r- rb", LOCAL, INTERNAL, "1"],
  ] as const)("%j with %j for %j: %s", (text, spec, client, expected) => {
    expect(usable(text, spec, client)).toBe(expected);
  });

  test("every endpoint is local where no node is emulated", () => {
    expect(usable("ra rb", LOCAL, INTERNAL, {})).toBe("1 2");
  });
});

describe("loadBalancerSourceRanges (P.7)", () => {
  const LB = { type: "LoadBalancer" } as const;
  const v4 = ["192.0.2.0/24", "198.51.100.7/32"];

  test.each([
    ["in a range", v4, "192.0.2.200", "load-balancer", "1"],
    ["the one address of a range", v4, "198.51.100.7", "load-balancer", "1"],
    ["outside", v4, "198.51.100.8", "load-balancer", "drop"],
    ["this machine, which no range names", v4, "127.0.0.1", "load-balancer", "drop"],
    ["this machine, named", [...v4, "127.0.0.0/8"], "127.0.0.1", "load-balancer", "1"],
    ["outside, to a NodePort", v4, "198.51.100.8", "external", "1"],
    ["outside, to the ClusterIP", v4, "198.51.100.8", "internal", "1"],
    ["no ranges", [], "198.51.100.8", "load-balancer", "1"],
    ["the other family only", ["fd00::/8"], "198.51.100.8", "load-balancer", "1"],
    ["blanks around a range", [" 192.0.2.0/24 "], "198.51.100.8", "load-balancer", "drop"],
    ["nothing that is a range", ["all"], "198.51.100.8", "load-balancer", "1"],
    ["IPv6 in a range", ["fd00::/8"], "fd00::7", "load-balancer", "1"],
    ["IPv6 outside", ["fd00::/8"], "2001:db8::1", "load-balancer", "drop"],
  ] as const)("a client %s", (_name, loadBalancerSourceRanges, address, traffic, expected) => {
    const spec = { ...LB, loadBalancerSourceRanges };
    expect(usable("r-", spec, { address, traffic })).toBe(expected);
  });

  test("say which client is in none of them", () => {
    const store = new Store();
    const spec = { ...LB, loadBalancerSourceRanges: v4 };
    store.apply([
      { op: "put", object: service("web", spec) },
      { op: "put", object: slice({ service: "web", endpoints: endpoints("r-") }) },
    ]);
    const balancer = createBalancer({ store });
    const port = balancer.lookup("shop", "web", 80) as BalancedPort;
    expect(balancer.pick(port, { traffic: "load-balancer", address: "127.0.0.1" })).toMatchObject({
      reason:
        "shop/web has loadBalancerSourceRanges 192.0.2.0/24, 198.51.100.7/32, and 127.0.0.1 is in none of them: a cluster would leave the connection without an answer",
    });
  });

  test("the external policy holds for load balancer addresses too", () => {
    const spec = { ...LB, externalTrafficPolicy: "Local" } as const;
    expect(usable("ra rb", spec, { traffic: "load-balancer" })).toBe("1");
    expect(usable("rb rb", spec, { traffic: "load-balancer" })).toBe("drop");
    expect(usable("rb rb", spec, { traffic: "load-balancer", fromThisNode: true })).toBe("1 2");
  });
});

test("a headless Service has no traffic policies", () => {
  expect(usable("rb rb", { ...LOCAL, clusterIP: "None" }, INTERNAL)).toBe("1 2");
});

describe("hints (P.6)", () => {
  test.each([
    ["raza rbzb", CLUSTER, "1"],
    ["raza rbza", CLUSTER, "1 2"],
    ["one ready endpoint without a hint switches them off", CLUSTER, "", "raza rb"],
    ["rbzb rbzb", CLUSTER, "1 2"],
    ["raza nb", CLUSTER, "1"],
    ["rana rbnb", CLUSTER, "1"],
    ["rbnb rbnb", CLUSTER, "1 2"],
    ["rana raza", CLUSTER, "1 2"],
    ["taza tbzb", CLUSTER, "1 2"],
    ["raza rbzb", LOCAL, "1"],
    ["razb rbza", LOCAL, "1"],
  ] as const)("%s", (text, spec, expected, other?: string) => {
    expect(usable(other ?? text, spec, INTERNAL)).toBe(other === undefined ? expected : "1 2");
  });

  test("say nothing to a proxy that is nowhere", () => {
    expect(usable("raza rbzb", CLUSTER, INTERNAL, {})).toBe("1 2");
  });
});

describe("joining slices (P.1)", () => {
  function addresses(...slices: Parameters<typeof slice>[0][]): string[] {
    const store = new Store();
    store.apply([
      {
        op: "put",
        object: service("web", {
          ports: [
            { name: "http", port: 80 },
            { name: "dns", port: 53, protocol: "UDP" },
            { name: "dns-tcp", port: 53, protocol: "TCP" },
          ],
        }),
      },
      ...slices.map((input, i) => ({
        op: "put" as const,
        object: slice({ name: `web-${i}`, ...input }),
      })),
    ]);
    const balancer = createBalancer({ store });
    const port = balancer.lookup("shop", "web", 80);
    if ("outcome" in port) throw new Error(port.reason);
    return port.table.all.map((backend) => `${backend.address}:${backend.port}`).sort();
  }
  const a = endpoint("10.244.0.1");
  const b = endpoint("10.244.0.2");
  const http = { name: "http", port: 8080 };

  test.each([
    [
      "takes the union of all slices",
      [
        { service: "web", ports: [http], endpoints: [a] },
        { service: "web", ports: [{ name: "http", port: 9090 }], endpoints: [b] },
      ],
      ["10.244.0.1:8080", "10.244.0.2:9090"],
    ],
    [
      "counts an endpoint in two slices once",
      [
        { service: "web", ports: [http], endpoints: [a] },
        { service: "web", ports: [http], endpoints: [a, b] },
      ],
      ["10.244.0.1:8080", "10.244.0.2:8080"],
    ],
    [
      "goes by the port's name, not by its number",
      [{ service: "web", ports: [{ name: "other", port: 80 }], endpoints: [a] }],
      [],
    ],
    [
      "goes by the protocol",
      [{ service: "web", ports: [{ name: "http", port: 80, protocol: "UDP" }], endpoints: [a] }],
      [],
    ],
    [
      "ignores ports without a number",
      [{ service: "web", ports: [{ name: "http" }, { name: "http", port: 0 }], endpoints: [a] }],
      [],
    ],
    ["ignores slices of other Services", [{ service: "db", ports: [http], endpoints: [a] }], []],
    [
      "ignores slices of other namespaces",
      [{ service: "web", namespace: "other", ports: [http], endpoints: [a] }],
      [],
    ],
    [
      "ignores the other family",
      [{ service: "web", addressType: "IPv6", ports: [http], endpoints: [endpoint("fd00::1")] }],
      [],
    ],
    [
      "uses an endpoint's first address only",
      [
        {
          service: "web",
          ports: [http],
          endpoints: [endpoint("10.244.0.1", { addresses: ["10.244.0.1", "10.244.0.9"] })],
        },
      ],
      ["10.244.0.1:8080"],
    ],
  ] as const)("%s", (_name, slices, expected) => {
    expect(addresses(...slices)).toEqual(expected);
  });

  test("takes absent conditions as ready and serving", () => {
    const store = new Store();
    store.apply([
      { op: "put", object: service("web") },
      {
        op: "put",
        object: slice({
          service: "web",
          endpoints: [
            endpoint("10.244.0.1", { conditions: {} }),
            endpoint("10.244.0.2", { conditions: { ready: false } }),
          ],
        }),
      },
    ]);
    const port = createBalancer({ store }).lookup("shop", "web", 80);
    if ("outcome" in port) throw new Error(port.reason);
    expect(port.table.all.map(({ ready, serving }) => [ready, serving])).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test("the same number on TCP and UDP is two service ports", () => {
    const store = new Store();
    const ports = [
      { name: "dns", port: 53, protocol: "UDP" as const },
      { name: "dns-tcp", port: 53 },
    ];
    store.apply([{ op: "put", object: service("dns", { ports }) }]);
    const balancer = createBalancer({ store });
    const udp = balancer.lookup("shop", "dns", 53, "UDP");
    const tcp = balancer.lookup("shop", "dns", 53);
    expect(udp).toMatchObject({ key: { port: "dns", protocol: "UDP" } });
    expect(tcp).toMatchObject({ key: { port: "dns-tcp", protocol: "TCP" } });
    expect(balancer.lookup("shop", "dns", 53, "SCTP")).toMatchObject({ code: "no-port" });
  });
});

describe("why there is no endpoint", () => {
  const waiting = (reason: string, message?: string) => ({
    phase: "Pending" as const,
    containerStatuses: [
      {
        name: "main",
        ready: false,
        restartCount: 0,
        state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
      },
    ],
  });
  test.each([
    ["nobody matches", [], "shop/web selects app=web, and no Pod in shop has that"],
    [
      "nobody is ready",
      [
        pod("web-1", { app: "web" }, waiting("CrashLoopBackOff", "back-off 10 s")),
        pod("web-2", { app: "web" }, waiting("ImagePullBackOff")),
        pod(
          "web-3",
          { app: "web" },
          {
            phase: "Running",
            conditions: [{ type: "Ready", status: "False", message: "connection refused on 8080" }],
          },
        ),
        pod("other", { app: "db" }),
      ],
      "shop/web has 3 pods, none ready: web-1 (back-off 10 s), web-2 (ImagePullBackOff), web-3 (connection refused on 8080)",
    ],
    [
      "many",
      Array.from({ length: 8 }, (_, i) => pod(`web-${i}`, { app: "web" })),
      "shop/web has 8 pods, none ready: web-0 (pending), web-1 (pending), web-2 (pending), web-3 (pending), web-4 (pending) and 3 more",
    ],
    [
      "ready, but not an endpoint",
      [
        pod(
          "web-1",
          { app: "web" },
          {
            podIP: "10.244.0.1",
            conditions: [{ type: "Ready", status: "True" }],
          },
        ),
      ],
      "shop/web has 1 pod, 1 ready, but none of them is an endpoint of this port",
    ],
  ] as const)("%s", (_name, pods, expected) => {
    const store = new Store();
    store.apply([
      { op: "put", object: service("web") },
      ...pods.map((object) => ({ op: "put" as const, object })),
    ]);
    const balancer = createBalancer({ store });
    const port = balancer.lookup("shop", "web", 80);
    if ("outcome" in port) throw new Error(port.reason);
    expect(balancer.pick(port)).toMatchObject({ outcome: "reject", reason: expected });
  });
});
