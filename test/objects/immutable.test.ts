import { expect, test } from "vitest";
import { immutableFindings } from "../../src/objects/immutable.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";

const API: Readonly<Record<string, string>> = {
  Service: "v1",
  Pod: "v1",
  Secret: "v1",
  ConfigMap: "v1",
  PersistentVolumeClaim: "v1",
  Job: "batch/v1",
  EndpointSlice: "discovery.k8s.io/v1",
  ServiceCIDR: "networking.k8s.io/v1",
  IPAddress: "networking.k8s.io/v1",
};

const object = (kind: string, rest: object): KubernetesObject => ({
  apiVersion: API[kind] ?? "apps/v1",
  kind,
  metadata: { name: "a", namespace: "b" },
  ...rest,
});

const pod = (container: object, rest: object = {}) => ({
  spec: { containers: [{ name: "a", image: "a", ...container }], ...rest },
});

const cidrs = (...ranges: readonly string[]) => ({ spec: { cidrs: ranges } });

test.each([
  ["ServiceCIDR", cidrs("10.1.0.0/16"), cidrs("10.2.0.0/16"), ["spec.cidrs"]],
  ["ServiceCIDR", cidrs("10.1.0.0/16"), cidrs("10.1.0.0/16", "fd00::/112"), []],
  ["ServiceCIDR", cidrs("10.1.0.0/16"), cidrs("fd00::/112", "10.1.0.0/16"), ["spec.cidrs"]],
  ["ServiceCIDR", cidrs("10.1.0.0/16", "fd00::/112"), cidrs("10.1.0.0/16"), ["spec.cidrs"]],
  [
    "IPAddress",
    { spec: { parentRef: { resource: "services", name: "a" } } },
    { spec: { parentRef: { resource: "services", name: "b" } } },
    ["spec.parentRef"],
  ],
  [
    "Service",
    { spec: { clusterIP: "10.0.0.1" } },
    { spec: { clusterIP: "10.0.0.2" } },
    ["spec.clusterIP"],
  ],
  [
    "Service",
    { spec: { clusterIP: "10.0.0.1" } },
    { spec: { clusterIP: "None" } },
    ["spec.clusterIP"],
  ],
  ["Service", { spec: { clusterIP: "10.0.0.1" } }, { spec: {} }, []],
  ["Service", { spec: { clusterIP: "10.0.0.1" } }, { spec: { type: "ExternalName" } }, []],
  [
    "Service",
    { spec: { clusterIPs: ["10.0.0.1", "fd00::1"] } },
    { spec: { clusterIPs: ["10.0.0.1"] } },
    [],
  ],
  [
    "Service",
    { spec: { clusterIPs: ["10.0.0.1"] } },
    { spec: { clusterIPs: ["10.0.0.2"] } },
    ["spec.clusterIPs.0"],
  ],
  [
    "Service",
    { spec: { ipFamilies: ["IPv4"] } },
    { spec: { ipFamilies: ["IPv6"] } },
    ["spec.ipFamilies.0"],
  ],
  ["Service", { spec: { ipFamilies: ["IPv4"] } }, { spec: { ipFamilies: ["IPv4", "IPv6"] } }, []],
  [
    "Service",
    { spec: { type: "LoadBalancer", loadBalancerClass: "a/b" } },
    { spec: { type: "LoadBalancer", loadBalancerClass: "a/c" } },
    ["spec.loadBalancerClass"],
  ],
  [
    "Service",
    { spec: { type: "LoadBalancer", loadBalancerClass: "a/b" } },
    { spec: { type: "ClusterIP" } },
    [],
  ],
  [
    "Service",
    { spec: { type: "LoadBalancer", healthCheckNodePort: 31000 } },
    { spec: { type: "LoadBalancer", healthCheckNodePort: 31001 } },
    ["spec.healthCheckNodePort"],
  ],
  ["Service", { spec: { ports: [{ port: 80 }] } }, { spec: { ports: [{ port: 81 }] } }, []],
  [
    "Deployment",
    { spec: { selector: { matchLabels: { a: "b" } } } },
    { spec: { selector: { matchLabels: { a: "c" } } } },
    ["spec.selector"],
  ],
  ["Deployment", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, []],
  [
    "ReplicaSet",
    { spec: { selector: {} } },
    { spec: { selector: { matchLabels: {} } } },
    ["spec.selector"],
  ],
  [
    "DaemonSet",
    { spec: { selector: { a: 1 } } },
    { spec: { selector: { a: 2 } } },
    ["spec.selector"],
  ],
  [
    "StatefulSet",
    { spec: { serviceName: "a", replicas: 1 } },
    { spec: { serviceName: "b", replicas: 2 } },
    ["spec.serviceName"],
  ],
  [
    "Job",
    { spec: { completions: 1, template: pod({}) } },
    { spec: { completions: 2, parallelism: 2, template: pod({}) } },
    ["spec.completions"],
  ],
  ["Pod", pod({}), pod({ image: "b" }), []],
  ["Pod", pod({}), pod({ command: ["a"] }), ["spec.containers"]],
  ["Pod", pod({}, { hostname: "a" }), pod({}, { hostname: "b" }), ["spec.hostname"]],
  [
    "PersistentVolumeClaim",
    { spec: { storageClassName: "a" } },
    { spec: { storageClassName: "b" } },
    ["spec.storageClassName"],
  ],
  [
    "PersistentVolumeClaim",
    { spec: { resources: { requests: { storage: "1Gi" } } }, status: { phase: "Bound" } },
    { spec: { resources: { requests: { storage: "2Gi" } } } },
    [],
  ],
  [
    "PersistentVolumeClaim",
    { spec: { resources: { requests: { storage: "1Gi" } } } },
    { spec: { resources: { requests: { storage: "2Gi" } } } },
    ["spec.resources"],
  ],
  [
    "Job",
    { spec: { template: pod({}) } },
    { spec: { template: pod({ imagePullPolicy: "Always" }) } },
    [],
  ],
  ["EndpointSlice", { addressType: "IPv4" }, { addressType: "IPv6" }, ["addressType"]],
  ["ConfigMap", { data: { a: "b" } }, { data: { a: "c" } }, []],
  [
    "ConfigMap",
    { immutable: true, data: { a: "b" } },
    { immutable: true, data: { a: "c" } },
    ["data"],
  ],
  ["Secret", { immutable: true }, { immutable: false }, ["immutable"]],
  ["Namespace", { spec: { a: 1 } }, { spec: { a: 2 } }, []],
])("%s %j → %j: %j", (kind, before, after, expected) => {
  const findings = immutableFindings(object(kind, before), object(kind, after));
  expect(findings.map(({ path }) => path.join("."))).toEqual(expected);
});
