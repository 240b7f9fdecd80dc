import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEndpointController } from "../../src/controllers/endpoints.ts";
import { proportionalHints } from "../../src/controllers/proportional-hints.ts";
import { zoneShares } from "../../src/controllers/zone-shares.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { Node } from "../../src/objects/cluster.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";
import { del, node, pod, put, service, slicesOf } from "./cluster.ts";

interface NodeOptions {
  readonly ready?: string;
  readonly labels?: Record<string, string>;
}

/** A Node of a zone, with its allocatable CPU. */
function cpuNode(name: string, zone?: string, cpu?: string, options: NodeOptions = {}): Node {
  const { ready = "True", labels = {} } = options;
  const made = node(name, zone);
  return {
    ...made,
    metadata: { ...made.metadata, labels: { ...made.metadata.labels, ...labels } },
    status: {
      conditions: [{ type: "Ready", status: ready }],
      ...(cpu !== undefined && { allocatable: { cpu } }),
    },
  };
}

describe("the zones' shares of CPU (P.6)", () => {
  const ab = [cpuNode("n1", "a", "1"), cpuNode("n2", "b", "3000m")];
  it.each<[string, readonly Node[], object | undefined]>([
    ["are those of allocatable CPU", ab, { a: 0.25, b: 0.75 }],
    ["are added up by zone", [...ab, cpuNode("n3", "a", "2")], { a: 0.5, b: 0.5 }],
    ["leave out control planes", [...ab, controlPlane("control-plane")], { a: 0.25, b: 0.75 }],
    ["leave out masters", [...ab, controlPlane("master")], { a: 0.25, b: 0.75 }],
    [
      "leave out nodes that are not ready, whatever else they lack",
      [...ab, cpuNode("n3", undefined, undefined, { ready: "False" })],
      { a: 0.25, b: 0.75 },
    ],
    ["are none with a single zone", [ab[0]!, cpuNode("n2", "a", "1")], undefined],
    ["are none when a node says no zone", [...ab, cpuNode("n3", undefined, "1")], undefined],
    ["are none when a node says no CPU", [...ab, cpuNode("n3", "a")], undefined],
    ["are none when a node has no CPU", [...ab, cpuNode("n3", "a", "0")], undefined],
    ["are none without nodes", [], undefined],
    ["count nodes where none says its CPU", [node("n1", "a"), node("n2", "b")], { a: 0.5, b: 0.5 }],
  ])("%s", (_, nodes, shares) => {
    const found = zoneShares(nodes);
    expect(found && Object.fromEntries(found)).toEqual(shares);
  });

  function controlPlane(role: string): Node {
    return cpuNode("cp", undefined, "8", { labels: { [`node-role.kubernetes.io/${role}`]: "" } });
  }
});

describe("endpoints in proportion to zones (P.6)", () => {
  const allocate = (zones: string, shares: Record<string, number>) => {
    const endpoints = [...zones].map((zone, i) => ({
      pod: `web-${i}`,
      zone: zone === "-" ? undefined : zone,
    }));
    return proportionalHints(endpoints, new Map(Object.entries(shares)));
  };
  const half = { a: 0.5, b: 0.5 };
  const third = { a: 1 / 3, b: 1 / 3, c: 1 / 3 };

  it.each([
    ["stay where they are when that is right", "ab", half, "ab"],
    ["stay where they are when the difference is small", "aaaabbb", half, "aaaabbb"],
    ["move from who has too many to who has none", "aa", half, "ab"],
    ["move as many as there are too many", "aaaaaa", half, "aaabbb"],
    ["move from two zones to a third", "aaabbb", third, "aabbcc"],
    ["follow the CPU and not the number of zones", "abab", { a: 0.75, b: 0.25 }, "aaab"],
    ["of a zone that nobody counts on stay there", "abzz", half, "abzz"],
  ])("%s: %s", (_, zones, shares, expected) => {
    const found = allocate(zones, shares).zones;
    expect([...(found ?? new Map()).values()].sort().join("")).toBe(expected);
  });

  it("stay where no zone lacks half an endpoint, though another has more than one too many", () => {
    const zones = `${"a".repeat(30)}bbbbbcccccddddd`;
    const shares = { a: 28.65 / 45, b: 5.45 / 45, c: 5.45 / 45, d: 5.45 / 45 };
    expect([...(allocate(zones, shares).zones ?? new Map()).values()].join("")).toBe(zones);
  });

  it.each([
    ["fewer endpoints than zones", "ab", third, "fewer endpoints than zones"],
    ["three endpoints for two equal zones", "aab", half, "too much of the load"],
    ["five endpoints for two equal zones", "aaabb", half, "too much of the load"],
    ["an endpoint in no zone", "aab-", half, "pod web-3 is in no zone"],
  ])("are given up with %s", (_, zones, shares, why) => {
    expect(allocate(zones, shares).refusal).toContain(why);
  });

  it("are given up without shares", () => {
    expect(proportionalHints([{ pod: "a", zone: "a" }], undefined).refusal).toContain("two zones");
  });

  it("never leave a zone overloaded by more than a fifth, and stay at home where they can", () => {
    const zone = fc.constantFrom("a", "b", "c");
    const weights = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(fc.array(zone, { maxLength: 40 }), weights, (zones, [a, b]) => {
        const shares = new Map([
          ["a", a / (a + b)],
          ["b", b / (a + b)],
        ]);
        const endpoints = zones.map((each, i) => ({ pod: `web-${i}`, zone: each }));
        const { zones: found, refusal } = proportionalHints(endpoints, shares);
        if (found === undefined) {
          expect(refusal).toBeTypeOf("string");
          return;
        }
        expect(found.size).toBe(endpoints.length);
        const moves = new Set<string>();
        for (const { pod: name, zone: own } of endpoints) {
          if (found.get(name) !== own) moves.add(`${own}${found.get(name)}`);
        }
        // Nobody moves both ways, nor out of the zone that is not counted on.
        expect([...moves].length).toBeLessThanOrEqual(1);
        expect([...moves].join("")).not.toContain("c");
        const count = (each: string) => [...found.values()].filter((one) => one === each).length;
        const strangers = count("c");
        for (const [each, share] of shares) {
          const fair = share * endpoints.length;
          if (strangers === 0) expect(count(each) - fair).toBeGreaterThan(-1);
        }
      }),
    );
  });
});

describe("a Service with topology-mode Auto (P.6)", () => {
  const annotations = { "service.kubernetes.io/topology-mode": "Auto" };
  const aware = service({ trafficDistribution: "PreferClose" }, { annotations });
  const on = (name: string, nodeName: string, ready = true) =>
    pod({ name, ips: [`10.244.0.${name.slice(1)}`], ready, spec: { nodeName } });
  const nodes = [cpuNode("n1", "a", "2"), cpuNode("n2", "b", "2")];
  function cluster(...objects: readonly KubernetesObject[]) {
    const findings: Diagnostic[] = [];
    const controller = createEndpointController({ onFinding: (one) => findings.push(one) });
    const store = new Store({ controllers: [controller] });
    const apply = (...more: readonly KubernetesObject[]) => store.apply(more.map(put));
    apply(...objects);
    const hints = () =>
      Object.fromEntries(
        slicesOf(store).flatMap(({ endpoints }) =>
          endpoints.map((one) => [
            one.targetRef?.name,
            one.hints?.forZones?.map(({ name }) => name).join(),
          ]),
        ),
      );
    return { store, apply, hints, findings };
  }

  it("has hints on every ready endpoint, and none on the others", () => {
    const { hints, findings } = cluster(
      ...nodes,
      aware,
      on("p1", "n1"),
      on("p2", "n2"),
      on("p3", "n1", false),
    );
    expect(hints()).toEqual({ p1: "a", p2: "b", p3: undefined });
    expect(findings).toEqual([]);
  });

  it("has the hints of an allocation across all its slices", () => {
    const pods = Array.from({ length: 240 }, (_, i) =>
      pod({ name: `p${i}`, ips: [`10.244.1.${i}`], spec: { nodeName: "n1" } }),
    );
    const { store, hints } = cluster(...nodes, aware, ...pods);
    expect(slicesOf(store)).toHaveLength(3);
    expect(Object.values(hints()).filter((zone) => zone === "b")).toHaveLength(120);
    // One pod more or less moves few hints.
    const before = hints();
    store.apply([del(pods[7]!)]);
    const after = hints();
    const moved = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(moved.length).toBeLessThanOrEqual(1);
  });

  it("follows readiness, nodes and the annotation", () => {
    const { apply, hints } = cluster(...nodes, aware, on("p1", "n1"), on("p2", "n1"));
    expect(Object.values(hints()).sort()).toEqual(["a", "b"]);
    apply(on("p2", "n1", false));
    expect(Object.values(hints())).toEqual([undefined, undefined]);
    apply(on("p2", "n2"));
    expect(hints()).toEqual({ p1: "a", p2: "b" });
    apply(cpuNode("n2", "b", "2", { ready: "False" }));
    expect(Object.values(hints())).toEqual([undefined, undefined]);
    apply(...nodes);
    expect(hints()).toEqual({ p1: "a", p2: "b" });
    apply(service());
    expect(Object.values(hints())).toEqual([undefined, undefined]);
    apply(service({ trafficDistribution: "PreferClose" }));
    expect(hints()).toEqual({ p1: "a", p2: "b" });
  });

  it("that can have no hints says so once, with the reason, until it can", () => {
    const { apply, findings } = cluster(...nodes, aware);
    expect(findings).toEqual([]);
    apply(on("p1", "n1"));
    expect(findings).toMatchObject([
      {
        rule: "topology-hints",
        severity: "warning",
        object: "Service shop/web",
        path: ["metadata", "annotations", "service.kubernetes.io/topology-mode"],
        message: expect.stringContaining("1 ready endpoints, 2 zones"),
      },
    ]);
    apply(on("p1", "n1", false));
    apply(on("p1", "n1"));
    expect(findings).toHaveLength(1);
    apply(on("p2", "n2"));
    apply(on("p2", "n2", false));
    expect(findings).toHaveLength(2);
  });

  it("has them per address family", () => {
    const both = (name: string, nodeName: string) =>
      pod({
        name,
        ips: [`10.244.0.${name.slice(1)}`, `fd00::${name.slice(1)}`],
        spec: { nodeName },
      });
    const dual = service({ ipFamilies: ["IPv4", "IPv6"] }, { annotations });
    const { store } = cluster(...nodes, dual, both("p1", "n1"), on("p2", "n2"));
    const counts = slicesOf(store).map(({ addressType, endpoints }) => [
      addressType,
      endpoints.filter(({ hints }) => hints !== undefined).length,
    ]);
    expect(counts).toEqual([
      ["IPv4", 2],
      ["IPv6", 0],
    ]);
  });

  it("goes by the older annotation first", () => {
    const old = "service.kubernetes.io/topology-aware-hints";
    const { hints, apply } = cluster(...nodes, on("p1", "n1"), on("p2", "n2"));
    apply(service({}, { annotations: { ...annotations, [old]: "disabled" } }));
    expect(Object.values(hints())).toEqual([undefined, undefined]);
    apply(service({}, { annotations: { [old]: "auto" } }));
    expect(hints()).toEqual({ p1: "a", p2: "b" });
  });
});
