import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { DEFAULT_LOAD_BALANCER_RANGE } from "../../src/net/address-pool.ts";
import { checkMirrors } from "../../src/net/mirror-collision.ts";
import type { Service, ServiceSpec } from "../../src/objects/service.ts";
import { Store } from "../../src/store/store.ts";
import { del, put, service } from "./cluster.ts";

function newStore(options: object = {}) {
  const findings: Diagnostic[] = [];
  const onFinding = (finding: Diagnostic) => findings.push(finding);
  const store = new Store({ controllers: standardControllers({ onFinding, ...options }) });
  const ingress = (name = "web") =>
    store.get("Service", "shop", name)?.status?.loadBalancer?.ingress ?? [];
  return { store, findings, ingress, ips: (name?: string) => ingress(name).map(({ ip }) => ip) };
}

const balanced = (spec: ServiceSpec = {}, name = "web"): Service =>
  service({ type: "LoadBalancer", ...spec }, { name });

describe("a LoadBalancer", () => {
  it("gets an address, the same in every run, and keeps it", () => {
    const { store, ingress } = newStore();
    store.apply([put(balanced())]);
    expect(ingress()).toEqual([{ ip: expect.stringMatching(/^10\.112\.0\./), ipMode: "VIP" }]);
    const before = ingress();
    expect(store.apply([put(balanced())])).toEqual([]);
    store.apply([put(balanced({ ports: [{ port: 81 }] }))]);
    expect(ingress()).toEqual(before);
    const again = newStore();
    again.store.apply([put(balanced())]);
    expect(again.ingress()).toEqual(before);
  });

  it("gets one per family", () => {
    const { store, ips } = newStore({
      serviceRanges: ["10.96.0.0/12", "fd00:10:96::/112"],
      loadBalancerRanges: ["10.112.0.0/24", "fd00:10:112::/120"],
    });
    store.apply([put(balanced({ ipFamilyPolicy: "PreferDualStack" }))]);
    expect(ips().map((ip) => ip?.includes(":"))).toEqual([false, true]);
  });

  it.each([
    ["of another class", { loadBalancerClass: "example.com/lb" }],
    ["that is a NodePort", { type: "NodePort" as const }],
  ])("%s gets none", (_, spec) => {
    const { store, ingress } = newStore();
    store.apply([put(balanced(spec))]);
    expect(ingress()).toEqual([]);
  });

  it("that came with an ingress keeps it, and nobody else gets it", () => {
    const { store, ingress, ips } = newStore();
    const given = { ip: "10.112.0.77", hostname: "lb.example" };
    const status = { loadBalancer: { ingress: [given] } };
    store.apply([put(balanced({}, "other")), put({ ...balanced(), status })]);
    expect(ingress()).toEqual([given]);
    store.apply([put(balanced({ loadBalancerIP: "10.112.0.77" }, "third"))]);
    expect(ips("third")).toEqual([]);
    expect(ips("other")).toHaveLength(1);
  });

  it("gets the address it asks for, if that is free", () => {
    const { store, ips, findings } = newStore();
    const loadBalancerIP = "10.112.0.5";
    store.apply([put(balanced({ loadBalancerIP })), put(balanced({ loadBalancerIP }, "b"))]);
    expect(ips()).toEqual([loadBalancerIP]);
    expect(ips("b")).toEqual([]);
    expect(findings).toMatchObject([{ rule: "load-balancer-address", object: "Service shop/b" }]);
    store.apply([put(balanced({ loadBalancerIP: "10.112.0.6" }))]);
    expect(ips()).toEqual(["10.112.0.6"]);
  });

  it("gives its address back when it is deleted or no longer one", () => {
    const { store, ips } = newStore({ loadBalancerRanges: ["10.112.0.0/30"] });
    store.apply([put(balanced({}, "a")), put(balanced({}, "b"))]);
    const [a, b] = [ips("a"), ips("b")];
    expect(new Set([...a, ...b])).toEqual(new Set(["10.112.0.1", "10.112.0.2"]));
    store.apply([put(service({}, { name: "a" }))]);
    expect(ips("a")).toEqual([]);
    store.apply([put(balanced({}, "c"))]);
    expect(ips("c")).toEqual(a);
    store.apply([del(balanced({}, "b"))]);
    store.apply([put(balanced({}, "d"))]);
    expect(ips("d")).toEqual(b);
  });

  it("that finds no free address is said, and gets the next one that is free", () => {
    const { store, ips, findings } = newStore({ loadBalancerRanges: ["10.112.0.0/32"] });
    store.apply([put(balanced({}, "a")), put(balanced({}, "b"))]);
    expect(ips("b")).toEqual([]);
    expect(findings).toHaveLength(1);
    store.apply([del(balanced({}, "a"))]);
    expect(ips("b")).toEqual(["10.112.0.0"]);
  });

  it("has a range whose mirror meets no other", () => {
    const ranges = ["10.96.0.0/12", "10.244.0.0/16", DEFAULT_LOAD_BALANCER_RANGE];
    expect(() => checkMirrors(ranges.map((range) => ({ use: range, range })))).not.toThrow();
  });
});
