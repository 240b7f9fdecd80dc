import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAddressController } from "../../src/controllers/addresses.ts";
import type { AddressOptions } from "../../src/controllers/service-allocation.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { Cidr } from "../../src/net/cidr.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Service, ServicePort, ServiceSpec } from "../../src/objects/service.ts";
import { Store } from "../../src/store/store.ts";
import { del, put, service } from "./cluster.ts";

function newStore(options: AddressOptions = {}) {
  const findings: Diagnostic[] = [];
  const controllers = [
    createAddressController({ onFinding: (finding) => findings.push(finding), ...options }),
  ];
  const store = new Store({ controllers });
  const spec = (name = "web") => store.get("Service", "shop", name)!.spec;
  const apply = (...objects: readonly KubernetesObject[]) => store.apply(objects.map(put));
  const rules = () => findings.splice(0).map(({ rule, object }) => `${rule} ${object}`);
  return { store, spec, apply, findings, rules };
}

const SERVICES = new Cidr("10.96.0.0/12");
const DUAL = { serviceRanges: ["10.96.0.0/12", "fd00:10:96::/112"] };
const tcp = (name: string, port: number, nodePort?: number): ServicePort => ({
  name,
  port,
  ...(nodePort !== undefined && { nodePort }),
});

describe("a ClusterIP (P.8)", () => {
  it("is allocated above the first 256, the same in every run", () => {
    const allocate = () => {
      const { spec, apply } = newStore();
      apply(service());
      return spec();
    };
    const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = allocate();
    expect(SERVICES.offsetOf(clusterIP!)).toBeGreaterThanOrEqual(256);
    expect(clusterIPs).toEqual([clusterIP]);
    expect(ipFamilies).toEqual(["IPv4"]);
    expect(ipFamilyPolicy).toBe("SingleStack");
    expect(allocate()).toEqual(allocate());
  });

  it.each(["ClusterIP", "NodePort", "LoadBalancer"] as const)("is given to type %s", (type) => {
    const { spec, apply } = newStore();
    apply(service({ type }));
    expect(SERVICES.contains(spec().clusterIP!)).toBe(true);
  });

  it("is not given to a headless Service", () => {
    const { spec, apply } = newStore();
    apply(service({ clusterIP: "None" }));
    expect(spec()).toMatchObject({ clusterIP: "None", clusterIPs: ["None"], ipFamilies: ["IPv4"] });
  });

  it("is not given to an ExternalName", () => {
    const { spec, apply } = newStore();
    const external: ServiceSpec = { type: "ExternalName", externalName: "example.com" };
    apply({ ...service(), spec: external });
    expect(spec()).toEqual(external);
  });

  it("asked for is given, also from the static band", () => {
    const { spec, apply, findings } = newStore();
    apply(service({ clusterIP: "10.96.0.10" }));
    expect(spec().clusterIPs).toEqual(["10.96.0.10"]);
    expect(findings).toEqual([]);
  });

  it("that is the first of the range belongs to default/kubernetes", () => {
    const { store, spec, apply, rules } = newStore();
    const kubernetes = service({ selector: {} }, { name: "kubernetes", namespace: "default" });
    apply(service({ clusterIP: "10.96.0.1" }), kubernetes);
    expect(store.get("Service", "default", "kubernetes")?.spec.clusterIP).toBe("10.96.0.1");
    expect(spec().clusterIP).toBeUndefined();
    expect(rules()).toEqual(["cluster-ip-taken Service shop/web"]);
  });

  it.each([
    ["10.95.0.1", "cluster-ip-outside"],
    ["fd00::1", "cluster-ip-outside"],
    ["10.96.0.0", "cluster-ip-reserved"],
    ["10.111.255.255", "cluster-ip-reserved"],
    ["10.96.0.010", "cluster-ip-invalid"],
    ["web", "cluster-ip-invalid"],
  ])("%s is refused: %s, and the Service goes without", (clusterIP, rule) => {
    const { spec, apply, rules } = newStore();
    apply(service({ clusterIP }));
    expect(rules()).toEqual([`${rule} Service shop/web`]);
    expect(spec().clusterIP).toBeUndefined();
    expect(spec().clusterIPs).toBeUndefined();
  });

  it("outside the range is taken as it is when another cluster's API server gave it", () => {
    const { spec, apply, findings } = newStore();
    apply(service({ clusterIP: "172.20.0.7", clusterIPs: ["172.20.0.7"], ipFamilies: ["IPv4"] }));
    expect(spec().clusterIP).toBe("172.20.0.7");
    expect(findings).toEqual([]);
  });

  it("asked for twice stays with the first, and is said once with both names", () => {
    const { spec, apply, findings } = newStore();
    const clusterIP = "10.96.0.50";
    apply(service({ clusterIP }, { name: "a" }), service({ clusterIP }, { name: "b" }));
    expect(spec("a").clusterIP).toBe(clusterIP);
    expect(spec("b").clusterIP).toBeUndefined();
    expect(findings).toMatchObject([
      {
        rule: "cluster-ip-taken",
        severity: "error",
        object: "Service shop/b",
        path: ["spec", "clusterIP"],
        message: "ClusterIP 10.96.0.50 belongs to Service shop/a, so this Service has none",
      },
    ]);
    apply(service({ clusterIP }, { name: "b", labels: { x: "y" } }));
    expect(findings).toHaveLength(1);
  });

  it("asked for twice stays with the older Service, whatever the order of files", () => {
    const { spec, apply } = newStore();
    const at = (name: string, creationTimestamp: string): Service => {
      const made = service({ clusterIP: "10.96.0.50" }, { name });
      return { ...made, metadata: { ...made.metadata, creationTimestamp } };
    };
    apply(at("a", "2026-02-01T00:00:00Z"), at("b", "2026-01-01T00:00:00Z"));
    expect(spec("b").clusterIP).toBe("10.96.0.50");
    expect(spec("a").clusterIP).toBeUndefined();
  });

  it("asked for goes before one allocated in the same batch", () => {
    const free = newStore();
    free.apply(service());
    const { clusterIP } = free.spec();
    const { spec, apply, findings } = newStore();
    apply(service(), service({ clusterIP: clusterIP! }, { name: "static" }));
    expect(spec("static").clusterIP).toBe(clusterIP);
    expect(spec().clusterIP).not.toBe(clusterIP);
    expect(findings).toEqual([]);
  });

  it("that becomes free goes to whoever waits for it, and may be refused and said again", () => {
    const { store, spec, apply, rules } = newStore();
    const clusterIP = "10.96.0.50";
    const [a, b] = [service({ clusterIP }, { name: "a" }), service({ clusterIP }, { name: "b" })];
    apply(a, b);
    expect(rules()).toEqual(["cluster-ip-taken Service shop/b"]);
    store.apply([del(a)]);
    expect(spec("b").clusterIP).toBe(clusterIP);
    apply(a);
    expect(rules()).toEqual(["cluster-ip-taken Service shop/a"]);
    expect(spec("a").clusterIP).toBeUndefined();
  });

  it("can be handed over within one batch", () => {
    const { spec, apply, findings } = newStore();
    const clusterIP = "10.96.0.50";
    apply(service({ clusterIP }, { name: "a" }), service({}, { name: "b" }));
    apply(
      service({ clusterIP }, { name: "b" }),
      service({ clusterIP: "10.96.0.51" }, { name: "a" }),
    );
    expect(spec("b").clusterIP).toBe(clusterIP);
    expect(spec("a").clusterIP).toBe("10.96.0.51");
    expect(findings).toEqual([]);
  });

  it("left out on an update is carried over, and nothing has changed", () => {
    const { store, apply, spec } = newStore();
    apply(service({ type: "NodePort" }));
    const before = spec();
    expect(store.apply([put(service({ type: "NodePort" }))])).toEqual([]);
    expect(spec()).toEqual(before);
    apply(service({ type: "NodePort", ports: [{ port: 81 }] }));
    expect(spec().clusterIP).toBe(before.clusterIP);
  });

  it("is free again when its Service is gone", () => {
    const { store, apply, spec, findings } = newStore();
    apply(service());
    const { clusterIP } = spec();
    store.apply([del(service())]);
    apply(service({ clusterIP: clusterIP! }, { name: "other" }));
    expect(spec("other").clusterIP).toBe(clusterIP);
    expect(findings).toEqual([]);
  });

  it("may lack when the range is used up, and is said; the next free one is given later", () => {
    const { store, apply, spec, rules } = newStore({ serviceRanges: ["10.0.0.0/29"] });
    const names = ["a", "b", "c", "d", "e", "f"];
    apply(...names.map((name) => service({}, { name })));
    // Eight addresses, without network, broadcast and that of default/kubernetes.
    const got = names.map((name) => spec(name).clusterIP);
    expect(new Set(got.slice(0, 5)).size).toBe(5);
    expect(got[5]).toBeUndefined();
    expect(rules()).toEqual(["cluster-ip-range Service shop/f"]);
    store.apply([del(service({}, { name: "c" }))]);
    expect(spec("f").clusterIP).toBe(got[2]);
  });
});

describe("changes of type (P.8, P.9)", () => {
  const external: Service = {
    ...service(),
    spec: { type: "ExternalName", externalName: "a.example" },
  };
  const taken = (store: Store, spec: ServiceSpec) => {
    store.apply([put(service(spec, { name: "probe" }))]);
    return store.get("Service", "shop", "probe")!.spec;
  };

  it.each([
    ["ClusterIP to ExternalName frees the ClusterIP", "ClusterIP"],
    ["NodePort to ExternalName frees ClusterIP and node ports", "NodePort"],
    ["LoadBalancer to ExternalName frees ClusterIP and node ports", "LoadBalancer"],
  ] as const)("%s", (_, type) => {
    const { store, apply, spec, findings } = newStore();
    apply(service({ type }));
    const { clusterIP, ports = [] } = spec();
    apply({ ...external, spec: { ...spec(), ...external.spec } });
    expect(spec()).toEqual({ ...external.spec, selector: { app: "web" }, ports: [{ port: 80 }] });
    const nodePort = ports[0]?.nodePort;
    const probe = taken(store, {
      clusterIP: clusterIP!,
      ...(nodePort !== undefined && { type: "NodePort", ports: [{ port: 1, nodePort }] }),
    });
    expect(probe.clusterIP).toBe(clusterIP);
    expect(probe.ports?.[0]?.nodePort).toBe(nodePort);
    expect(findings).toEqual([]);
  });

  it.each(["ClusterIP", "NodePort"] as const)("ExternalName to %s allocates", (type) => {
    const { apply, spec } = newStore();
    apply(external);
    apply(service({ type }));
    expect(SERVICES.contains(spec().clusterIP!)).toBe(true);
    expect(spec().ports?.[0]?.nodePort !== undefined).toBe(type === "NodePort");
  });

  it("NodePort to ClusterIP frees the node ports and keeps the ClusterIP", () => {
    const { store, apply, spec, findings } = newStore();
    apply(service({ type: "NodePort" }));
    const before = spec();
    apply(service({ ...before, type: "ClusterIP" }));
    expect(spec().clusterIP).toBe(before.clusterIP);
    expect(spec().ports).toEqual([{ port: 80 }]);
    taken(store, { type: "NodePort", ports: before.ports! });
    expect(findings).toEqual([]);
  });

  it("ClusterIP to headless frees it, and back allocates the same", () => {
    const { apply, spec } = newStore();
    apply(service());
    const { clusterIP } = spec();
    apply(service({ clusterIP: "None" }));
    expect(spec().clusterIPs).toEqual(["None"]);
    apply(service());
    expect(spec().clusterIP).toBe(clusterIP);
  });
});

describe("node ports (P.8)", () => {
  const nodePorts = (spec: ServiceSpec) => (spec.ports ?? []).map(({ nodePort }) => nodePort);

  it("are allocated from 30086 up, the same in every run", () => {
    const allocate = () => {
      const { apply, spec } = newStore();
      apply(service({ type: "NodePort", ports: [tcp("a", 80), tcp("b", 81)] }));
      return nodePorts(spec());
    };
    const [a, b] = allocate();
    expect(a).toBeGreaterThanOrEqual(30086);
    expect(b).toBeGreaterThanOrEqual(30086);
    expect(a).not.toBe(b);
    expect(allocate()).toEqual([a, b]);
  });

  it.each([
    [{ type: "NodePort" }, true],
    [{ type: "LoadBalancer" }, true],
    [{ type: "LoadBalancer", allocateLoadBalancerNodePorts: false }, false],
    [{ type: "ClusterIP" }, false],
    [{}, false],
    [{ clusterIP: "None" }, false],
  ] satisfies [ServiceSpec, boolean][])("%o has them: %s", (extra, has) => {
    const { apply, spec } = newStore();
    apply(service(extra));
    expect(spec().ports?.[0]?.nodePort !== undefined).toBe(has);
  });

  it("asked for are given, and kept, where a load balancer's are not allocated", () => {
    const { apply, spec } = newStore();
    const ports = (first?: number) => [
      { name: "a", port: 80, ...(first !== undefined && { nodePort: first }) },
      { name: "b", port: 81 },
    ];
    const type = "LoadBalancer" as const;
    apply(service({ type, allocateLoadBalancerNodePorts: false, ports: ports(30080) }));
    expect(nodePorts(spec())).toEqual([30080, undefined]);
    apply(service({ type, allocateLoadBalancerNodePorts: false, ports: ports() }));
    expect(nodePorts(spec())).toEqual([30080, undefined]);
    apply(service({ type, ports: ports() }));
    const [, second] = nodePorts(spec());
    expect(second).toBeGreaterThanOrEqual(30086);
    apply(service({ type, allocateLoadBalancerNodePorts: false, ports: ports() }));
    expect(nodePorts(spec())).toEqual([30080, second]);
  });

  it("asked for are given; out of range or taken ones are refused and never renumbered", () => {
    const { apply, spec, rules, findings } = newStore();
    const ports = (nodePort: number) => ({
      type: "NodePort" as const,
      ports: [{ port: 80, nodePort }],
    });
    apply(
      service(ports(30007), { name: "a" }),
      service(ports(30007), { name: "b" }),
      service(ports(80), { name: "c" }),
    );
    expect(nodePorts(spec("a"))).toEqual([30007]);
    expect(nodePorts(spec("b"))).toEqual([undefined]);
    expect(nodePorts(spec("c"))).toEqual([undefined]);
    expect(findings.map(({ path }) => path)).toEqual([
      ["spec", "ports", 0, "nodePort"],
      ["spec", "ports", 0, "nodePort"],
    ]);
    expect(rules()).toEqual(["node-port-taken Service shop/b", "node-port-outside Service shop/c"]);
  });

  it("serve two protocols of one Service with one number", () => {
    const { apply, spec, findings } = newStore();
    const udp = { ...tcp("b", 53), protocol: "UDP" as const };
    apply(service({ type: "NodePort", ports: [tcp("a", 53), udp] }));
    const [a, b] = nodePorts(spec());
    expect(a).toBeDefined();
    expect(b).toBe(a);
    const both = [tcp("a", 53, 30010), { ...udp, nodePort: 30010 }];
    apply(service({ type: "NodePort", ports: both }));
    expect(nodePorts(spec())).toEqual([30010, 30010]);
    apply(service({ type: "NodePort", ports: [tcp("a", 53, 30011), udp] }));
    expect(nodePorts(spec())).toEqual([30011, 30010]);
    expect(findings).toEqual([]);
  });

  it("left out on an update are carried over by port name", () => {
    const { apply, spec } = newStore();
    apply(service({ type: "NodePort", ports: [tcp("a", 80), tcp("b", 81)] }));
    const [a, b] = nodePorts(spec());
    apply(service({ type: "NodePort", ports: [tcp("b", 9081), tcp("c", 82)] }));
    const [kept, fresh] = nodePorts(spec());
    expect(kept).toBe(b);
    expect(fresh).not.toBe(a);
    apply(service({ type: "NodePort", ports: [tcp("b", 81), tcp("d", 83, b)] }));
    const [moved, given] = nodePorts(spec());
    expect(given).toBe(b);
    expect(moved).not.toBe(b);
    expect(moved).toBeDefined();
  });

  it("are free again when their Service is gone", () => {
    const { store, apply, spec, findings } = newStore();
    apply(service({ type: "NodePort" }));
    const [nodePort] = nodePorts(spec());
    store.apply([del(service())]);
    apply(service({ type: "NodePort", ports: [{ port: 1, nodePort: nodePort! }] }, { name: "b" }));
    expect(nodePorts(spec("b"))).toEqual([nodePort]);
    expect(findings).toEqual([]);
  });

  it("may run out, which is said", () => {
    const { apply, spec, rules } = newStore({ nodePortRange: { first: 30000, last: 30000 } });
    apply(service({ type: "NodePort", ports: [tcp("a", 80), tcp("b", 81)] }));
    expect(nodePorts(spec())).toEqual([30000, undefined]);
    expect(rules()).toEqual(["node-port-range Service shop/web"]);
  });

  it("include one for health checks of a LoadBalancer with external policy Local", () => {
    const { apply, spec } = newStore();
    const local: ServiceSpec = { type: "LoadBalancer", externalTrafficPolicy: "Local" };
    apply(service(local));
    const { healthCheckNodePort, ports } = spec();
    expect(healthCheckNodePort).toBeGreaterThanOrEqual(30086);
    expect(healthCheckNodePort).not.toBe(ports?.[0]?.nodePort);
    apply(service({ ...local, ports: [{ port: 81 }] }));
    expect(spec().healthCheckNodePort).toBe(healthCheckNodePort);
    apply(service({ type: "LoadBalancer" }));
    expect(spec().healthCheckNodePort).toBeUndefined();
  });
});

describe("families (P.8)", () => {
  const cases: {
    readonly title: string;
    readonly options?: AddressOptions;
    readonly spec: ServiceSpec;
    readonly families: readonly string[];
    readonly policy: string;
    readonly findings?: number;
  }[] = [
    { title: "one by default", options: DUAL, spec: {}, families: ["IPv4"], policy: "SingleStack" },
    {
      title: "the one asked for",
      options: DUAL,
      spec: { ipFamilies: ["IPv6"] },
      families: ["IPv6"],
      policy: "SingleStack",
    },
    {
      title: "both when preferred and there",
      options: DUAL,
      spec: { ipFamilyPolicy: "PreferDualStack" },
      families: ["IPv4", "IPv6"],
      policy: "PreferDualStack",
    },
    {
      title: "one when both are preferred and not there",
      spec: { ipFamilyPolicy: "PreferDualStack" },
      families: ["IPv4"],
      policy: "PreferDualStack",
    },
    {
      title: "both when required",
      options: DUAL,
      spec: { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] },
      families: ["IPv6", "IPv4"],
      policy: "RequireDualStack",
    },
    {
      title: "both when both are named",
      options: DUAL,
      spec: { ipFamilies: ["IPv6", "IPv4"] },
      families: ["IPv6", "IPv4"],
      policy: "RequireDualStack",
    },
    {
      title: "as the addresses asked for",
      options: DUAL,
      spec: { clusterIPs: ["fd00:10:96::a", "10.96.0.10"], clusterIP: "fd00:10:96::a" },
      families: ["IPv6", "IPv4"],
      policy: "RequireDualStack",
    },
    {
      title: "both when required, which fails with one range",
      spec: { ipFamilyPolicy: "RequireDualStack" },
      families: ["IPv4", "IPv6"],
      policy: "RequireDualStack",
      findings: 1,
    },
    {
      title: "both for a headless Service without selector",
      spec: { clusterIP: "None", selector: {} },
      families: ["IPv4", "IPv6"],
      policy: "RequireDualStack",
    },
    {
      title: "one for a headless Service with one",
      spec: { clusterIP: "None" },
      families: ["IPv4"],
      policy: "SingleStack",
    },
    {
      title: "the cluster's primary one",
      options: { serviceRanges: ["fd00:10:96::/112"] },
      spec: {},
      families: ["IPv6"],
      policy: "SingleStack",
    },
  ];
  it.each(cases)("are $title", ({ options, spec: given, families, policy, findings = 0 }) => {
    const cluster = newStore(options);
    cluster.apply(service(given));
    const { ipFamilies, ipFamilyPolicy, clusterIPs = [] } = cluster.spec();
    expect(ipFamilies).toEqual(families);
    expect(ipFamilyPolicy).toBe(policy);
    expect(cluster.findings).toHaveLength(findings);
    if (given.clusterIP === "None") expect(clusterIPs).toEqual(["None"]);
    else {
      const got = clusterIPs.map((ip) => (ip.includes(":") ? "IPv6" : "IPv4"));
      expect(got).toEqual(findings === 0 ? families : families.slice(0, 1));
    }
  });

  it("can be added and taken away, the primary one and its address staying", () => {
    const { apply, spec } = newStore(DUAL);
    apply(service());
    const { clusterIP } = spec();
    apply(service({ ipFamilyPolicy: "PreferDualStack" }));
    expect(spec().clusterIPs).toHaveLength(2);
    expect(spec().clusterIP).toBe(clusterIP);
    const both = spec().clusterIPs;
    // A policy that is left out stays, and so does the address of the other family.
    apply(service({ ports: [{ port: 81 }] }));
    expect(spec()).toMatchObject({ ipFamilyPolicy: "PreferDualStack", clusterIPs: both });
    apply(service({ clusterIP: clusterIP!, ports: [{ port: 82 }] }));
    expect(spec()).toMatchObject({ ipFamilyPolicy: "PreferDualStack", clusterIPs: both });
    apply(service({ ipFamilyPolicy: "SingleStack" }));
    expect(spec().clusterIPs).toEqual([clusterIP]);
  });
});

describe("ServiceCIDRs and IPAddresses (P.8)", () => {
  const range = (name: string, ...cidrs: readonly string[]): KubernetesObject => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name },
    spec: { cidrs },
  });
  const address = (name: string, parentRef: object): KubernetesObject => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: { name },
    spec: { parentRef },
  });
  const tiny = { serviceRanges: ["10.0.0.0/30"] };

  it("an explicit address may lie in an added range, in whichever order the objects come", () => {
    const wanted = service({ clusterIP: "10.200.0.7" });
    const added = range("more", "10.200.0.0/16");
    for (const objects of [
      [wanted, added],
      [added, wanted],
    ]) {
      const { spec, apply, rules } = newStore();
      apply(...objects);
      expect(spec().clusterIP).toBe("10.200.0.7");
      expect(rules()).toEqual([]);
    }
    const { spec, apply, rules } = newStore();
    apply(wanted);
    expect(rules()).toEqual(["cluster-ip-outside Service shop/web"]);
    apply(added);
    expect(spec().clusterIP).toBe("10.200.0.7");
    expect(rules()).toEqual([]);
  });

  it("addresses come from the cluster's own range first, then from the added ones by name", () => {
    const { spec, apply, rules } = newStore(tiny);
    const names = ["a", "b", "c", "d"];
    // Of four addresses one is the network's, one the broadcast, one that of default/kubernetes.
    apply(range("z", "10.2.0.0/30"), range("y", "10.1.0.0/30"));
    apply(...names.map((name) => service({}, { name })));
    const blocks = names.map((name) => spec(name).clusterIP?.split(".", 2).join("."));
    expect(blocks).toEqual(["10.0", "10.1", "10.1", "10.2"]);
    expect(rules()).toEqual([]);
  });

  it("who had no address gets one when a range is added", () => {
    const { spec, apply, rules } = newStore(tiny);
    apply(service({}, { name: "a" }), service({}, { name: "b" }));
    expect(rules()).toEqual(["cluster-ip-range Service shop/b"]);
    apply(range("more", "10.1.0.0/24"));
    expect(spec("b").clusterIP).toMatch(/^10\.1\.0\./);
  });

  it("the network and broadcast address of an added range are not given", () => {
    const { apply, rules } = newStore();
    apply(range("more", "10.200.0.0/24"));
    apply(
      service({ clusterIP: "10.200.0.0" }),
      service({ clusterIP: "10.200.0.255" }, { name: "b" }),
    );
    expect(rules()).toEqual([
      "cluster-ip-reserved Service shop/web",
      "cluster-ip-reserved Service shop/b",
    ]);
  });

  it("an address in two overlapping ranges is one address", () => {
    const { store, spec, apply, rules } = newStore();
    apply(service({ clusterIP: "10.96.3.0" }));
    // The network address of the one is an ordinary address of the other.
    apply(range("inner", "10.96.3.0/30"), range("outer", "10.96.0.0/16"));
    apply(service({ clusterIP: "10.96.3.0" }, { name: "b" }));
    expect(rules()).toEqual(["cluster-ip-taken Service shop/b"]);
    store.apply([del(service())]);
    expect(spec("b").clusterIP).toBe("10.96.3.0");
  });

  it("an address that somebody has already is not given again out of a new range", () => {
    const { spec, apply, rules } = newStore(tiny);
    const given = {
      clusterIP: "10.1.0.1",
      clusterIPs: ["10.1.0.1"],
      ipFamilies: ["IPv4" as const],
    };
    // One of another cluster, the only address of the own range, and one too many.
    apply(service(given), service({}, { name: "a" }), service({}, { name: "b" }));
    apply(service({}, { name: "c" }), range("more", "10.1.0.0/30"));
    // Who has waited comes first.
    expect([spec("b").clusterIP, spec("c").clusterIP]).toEqual(["10.1.0.2", undefined]);
    expect(rules()).toEqual(["cluster-ip-range Service shop/b", "cluster-ip-range Service shop/c"]);
  });

  it("a range of the other family makes the cluster dual stack", () => {
    const { spec, apply, rules } = newStore();
    apply(range("six", "fd00:10:96::/112"));
    apply(
      service({ ipFamilyPolicy: "PreferDualStack" }),
      service({ ipFamilies: ["IPv6"] }, { name: "b" }),
    );
    expect(spec().ipFamilies).toEqual(["IPv4", "IPv6"]);
    expect(spec().clusterIPs).toHaveLength(2);
    expect(spec("b").clusterIP).toMatch(/^fd00:10:96::/);
    expect(rules()).toEqual([]);
  });

  it("a range that goes leaves Services what they have, says so, and gives nothing more", () => {
    const { store, spec, apply, findings, rules } = newStore();
    const added = range("more", "10.200.0.0/16");
    apply(added, service({ clusterIP: "10.200.0.7" }), service({}, { name: "b" }));
    store.apply([del(added)]);
    expect(findings).toMatchObject([
      { rule: "service-cidr-in-use", severity: "warning", object: "Service shop/web" },
    ]);
    expect(findings[0]?.message).toContain("ServiceCIDR more is gone, and 10.200.0.7");
    findings.splice(0);
    apply(service({ clusterIP: "10.200.0.7", ports: [{ port: 81 }] }));
    expect(spec().clusterIP).toBe("10.200.0.7");
    apply(service({ clusterIP: "10.200.0.8" }, { name: "c" }));
    expect(rules()).toEqual(["cluster-ip-outside Service shop/c"]);
    store.apply([del(service())]);
    apply(service({ clusterIP: "10.200.0.7" }));
    expect(rules()).toEqual(["cluster-ip-outside Service shop/web"]);
  });

  it("a range may grow by the other family", () => {
    const { spec, apply, rules } = newStore();
    apply(range("more", "10.200.0.0/16"), service({ clusterIP: "10.200.0.7" }));
    apply(range("more", "10.200.0.0/16", "fd00:200::/112"));
    apply(service({ clusterIP: "fd00:200::7" }, { name: "b" }));
    expect(spec().clusterIP).toBe("10.200.0.7");
    expect(spec("b")).toMatchObject({ clusterIP: "fd00:200::7", ipFamilies: ["IPv6"] });
    expect(rules()).toEqual([]);
  });

  describe("whose loopback mirrors meet those of other ranges", () => {
    const mirrored = [{ use: "pods", range: "10.244.0.0/16" }];
    const collide = { ...tiny, mirrored };

    it.each([
      ["pods", "172.244.1.0/24", "172.244.1.2", "pods 10.244.0.0/16 (here 127.244.0.0/16)"],
      ["Services", "172.0.0.8/29", "172.0.0.10", "services 10.0.0.8/29 (here 127.0.0.8/29)"],
      ["this machine", "192.0.0.0/24", "192.0.0.2", "this machine 127.0.0.1/32"],
    ])("add nothing and say so: %s", (_, cidr, clusterIP, other) => {
      const { spec, apply, findings } = newStore({ serviceRanges: ["10.0.0.8/29"], mirrored });
      apply(range("more", cidr), service({ clusterIP }));
      expect(findings.map(({ rule }) => rule)).toEqual([
        "service-cidr-mirror",
        "cluster-ip-outside",
      ]);
      expect(findings[0]?.message).toContain(other);
      expect(spec().clusterIP).toBeUndefined();
    });

    it("add what they can when the other one is gone", () => {
      const { store, apply, rules, spec } = newStore(collide);
      apply(range("first", "10.5.0.0/16"), range("second", "172.5.0.0/16"));
      apply(service({ clusterIP: "172.5.0.9" }));
      expect(rules()).toEqual([
        "service-cidr-mirror ServiceCIDR second",
        "cluster-ip-outside Service shop/web",
      ]);
      store.apply([del(range("first"))]);
      expect(spec().clusterIP).toBe("172.5.0.9");
    });

    it("may be parts of one another, as an address is one", () => {
      const { apply, rules, spec } = newStore({ serviceRanges: ["10.96.0.0/12"], mirrored });
      apply(range("kubernetes", "10.96.0.0/12"), range("part", "10.96.7.0/24"));
      apply(service({ clusterIP: "10.96.7.9" }));
      expect(rules()).toEqual([]);
      expect(spec().clusterIP).toBe("10.96.7.9");
    });

    it("are of no interest to who mirrors nothing", () => {
      const { apply, rules, spec } = newStore(tiny);
      apply(range("more", "192.0.0.0/24"), service({ clusterIP: "192.0.0.7" }));
      expect(rules()).toEqual([]);
      expect(spec().clusterIP).toBe("192.0.0.7");
    });
  });

  it("a ServiceCIDR is told to be ready, as in a cluster", () => {
    const { store, apply } = newStore();
    apply(range("more", "10.200.0.0/16"));
    expect(store.get("ServiceCIDR.networking.k8s.io", "", "more")?.status).toMatchObject({
      conditions: [{ type: "Ready", status: "True" }],
    });
  });

  it("a range that is none adds nothing", () => {
    const { apply, rules } = newStore();
    apply(range("more", "10.200.0.0/99"), service({ clusterIP: "10.200.0.7" }));
    expect(rules()).toEqual(["cluster-ip-outside Service shop/web"]);
  });

  it("an IPAddress keeps the address for the Service that it names", () => {
    const { store, apply, spec, rules } = newStore();
    const kept = address("10.96.0.50", { resource: "services", namespace: "shop", name: "b" });
    apply(kept, service({ clusterIP: "10.96.0.50" }));
    expect(rules()).toEqual(["cluster-ip-taken Service shop/web"]);
    apply(service({ clusterIP: "10.96.0.50" }, { name: "b" }));
    expect(spec("b").clusterIP).toBe("10.96.0.50");
    store.apply([del(service({}, { name: "b" }))]);
    expect(spec().clusterIP).toBeUndefined();
    store.apply([del(kept)]);
    expect(spec().clusterIP).toBe("10.96.0.50");
    expect(rules()).toEqual([]);
  });

  it("an IPAddress of something else is nobody's ClusterIP, and is not allocated", () => {
    const free = newStore();
    free.apply(service());
    const { clusterIP } = free.spec();
    const { apply, spec, findings } = newStore();
    const parent = { group: "gateway.networking.k8s.io", resource: "gateways", name: "gw" };
    apply(
      address(clusterIP!, parent),
      service(),
      service({ clusterIP: clusterIP! }, { name: "b" }),
    );
    expect(spec().clusterIP).not.toBe(clusterIP);
    expect(findings.map(({ message }) => message)).toEqual([
      `ClusterIP ${clusterIP} belongs to IPAddress ${clusterIP}, so this Service has none`,
    ]);
  });
});

describe("any history", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const spec: fc.Arbitrary<ServiceSpec> = fc.record(
    {
      type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
      clusterIP: fc.constantFrom(
        "None",
        "",
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.3",
        "10.0.0.9",
        "10.9.9.9",
      ),
      ports: fc.uniqueArray(
        fc.record(
          {
            name: fc.constantFrom("x", "y"),
            port: fc.constantFrom(80, 81),
            nodePort: fc.constantFrom(30000, 30001, 30002, 1),
          },
          { requiredKeys: ["name", "port"] },
        ),
        { selector: (port) => port.name, maxLength: 2 },
      ),
      externalTrafficPolicy: fc.constantFrom("Local", "Cluster"),
    },
    { requiredKeys: [] },
  );
  const ranges = fc
    .record({ name, cidr: fc.constantFrom("10.0.0.0/29", "10.9.9.0/29", "fd00::/125", undefined) })
    .map(({ name: of, cidr }) => {
      const spec = { cidrs: [cidr ?? ""] };
      const metadata = { name: of };
      const object = { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata, spec };
      return cidr === undefined ? del(object) : put(object);
    });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ name, spec }) },
    { weight: 1, arbitrary: fc.record({ name }) },
    { weight: 1, arbitrary: ranges.map((range) => ({ range })) },
  );

  it("gives no address and no port twice, nothing that is not asked for or free, and loses none", () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 10 }), (history) => {
        const options = {
          serviceRanges: ["10.0.0.0/28"],
          nodePortRange: { first: 30000, last: 30003 },
        };
        const { store } = newStore(options);
        for (const batch of history) {
          store.apply(
            batch.map((one) => {
              if ("range" in one) return one.range;
              const object = service({}, { name: one.name });
              return "spec" in one ? put({ ...object, spec: one.spec } as Service) : del(object);
            }),
          );
          const services = store.list("Service");
          const addresses = services.flatMap(({ spec: { clusterIPs } }) => clusterIPs ?? []);
          const given = addresses.filter((address) => address !== "None");
          expect(new Set(given).size).toBe(given.length);
          const ports = services.flatMap(({ spec: { ports = [], healthCheckNodePort } }) => [
            ...new Set([...ports.map(({ nodePort }) => nodePort), healthCheckNodePort]),
          ]);
          const open = ports.filter((port) => port !== undefined);
          expect(new Set(open).size).toBe(open.length);
          expect(store.apply(services.map(put))).toEqual([]);
        }
        store.apply(
          [...store.list("Service"), ...store.list("ServiceCIDR.networking.k8s.io")].map(del),
        );
        const all = Array.from({ length: 13 }, (_, i) => service({}, { name: `s${i}` }));
        store.apply(all.map(put));
        expect(store.list("Service").every(({ spec: { clusterIP } }) => clusterIP)).toBe(true);
      }),
    );
  });
});
