import { describe, expect, it } from "vitest";
import { freePodAddress, networkPlan, rangesFor } from "../../src/network/network-plan.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";

const HOST = ["192.0.2.7"];

function storeOf(objects: readonly object[]) {
  const store = new Store();
  store.apply(objects.map((object) => ({ op: "put", object: object as KubernetesObject })));
  return store;
}

const planOf = (objects: readonly object[]) => networkPlan(storeOf(objects), HOST);

const service = (namespace: string, name: string, clusterIP: string, labels = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace, name, labels },
  spec: { clusterIP },
});

const node = (name: string, ...addresses: object[]) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  status: { addresses },
});

const pod = (name: string, podIP: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name },
  spec: { containers: [] },
  status: { podIP },
});

describe("the network of a namespace (P.12)", () => {
  it.each([
    ["kubeadm's address when there is no DNS Service", [], "10.96.0.10"],
    ["the DNS Service's address", [service("kube-system", "kube-dns", "10.96.0.53")], "10.96.0.53"],
    [
      "that of a DNS Service with another name",
      [service("kube-system", "coredns", "10.100.0.2", { "k8s-app": "kube-dns" })],
      "10.100.0.2",
    ],
    [
      "the next one when a Service has kubeadm's",
      [service("shop", "web", "10.96.0.10"), service("shop", "db", "10.96.0.11")],
      "10.96.0.12",
    ],
  ])("has DNS at %s", (_name, objects, address) => {
    expect(planOf(objects).dnsAddress).toBe(address);
  });

  it.each([
    ["this machine's addresses when nodes have none", [node("a")], HOST],
    [
      "the nodes' own",
      [
        node("a", { type: "InternalIP", address: "10.0.0.1" }, { type: "Hostname", address: "a" }),
        node("b", { type: "InternalIP", address: "10.0.0.2" }),
      ],
      ["10.0.0.1", "10.0.0.2"],
    ],
  ])("has NodePorts on %s", (_name, objects, addresses) => {
    expect(planOf(objects).nodeAddresses).toEqual(addresses);
  });

  it("has an address for a command that neither a pod nor another command has", () => {
    expect(freePodAddress(storeOf([]), new Set())).toBe("10.244.255.254");
    const pods = storeOf([pod("a", "10.244.255.254"), pod("b", "10.244.0.9")]);
    expect(freePodAddress(pods, new Set())).toBe("10.244.255.253");
    expect(freePodAddress(pods, new Set(["10.244.255.253"]))).toBe("10.244.255.252");
  });

  it("routes the ranges of Services and pods, and what is outside of them by itself", () => {
    expect(planOf([service("kube-system", "kube-dns", "172.20.0.10")]).ranges).toEqual([
      ...["10.96.0.0/12", "10.112.0.0/24", "10.244.0.0/16"],
      ...["192.0.2.7/32", "172.20.0.10/32"],
    ]);
  });
});

const serviceCidr = (name: string, ...cidrs: string[]) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name },
  spec: { cidrs },
});

describe("the ranges of ServiceCIDRs", () => {
  it("are routed as a whole, each once", () => {
    const plan = planOf([
      serviceCidr("more", "172.20.0.0/16", "FD00:10:96::1/112"),
      serviceCidr("again", "172.20.9.9/16", "10.97.0.0/16"),
      service("kube-system", "kube-dns", "172.20.0.10"),
    ]);
    expect(plan.ranges.slice(3)).toEqual(["172.20.0.0/16", "fd00:10:96::/112", "192.0.2.7/32"]);
  });

  it("that are none are left to who reads manifests", () => {
    expect(planOf([serviceCidr("wrong", "constructor", "10.0.0.0/99")]).ranges).toHaveLength(4);
  });
});

describe("a range of its own", () => {
  it("is for each address that no range has, once", () => {
    const addresses = ["10.96.0.1", "203.0.113.9", "fd00:10:96::5", "203.0.113.9"];
    expect(rangesFor(addresses, ["10.96.0.0/12"])).toEqual(["203.0.113.9/32", "fd00:10:96::5/128"]);
  });
});
