import type { Node } from "../../src/objects/cluster.ts";
import type { EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject, StringMap } from "../../src/objects/object.ts";
import { keyOf } from "../../src/objects/object-key.ts";
import type { Pod, PodSpec, PodStatus } from "../../src/objects/pod.ts";
import type { Service, ServiceSpec } from "../../src/objects/service.ts";
import type { Operation } from "../../src/store/operation.ts";
import type { Store } from "../../src/store/store.ts";

export const put = (object: KubernetesObject): Operation => ({ op: "put", object });
export const del = (object: KubernetesObject): Operation => ({ op: "delete", key: keyOf(object) });
export const delPod = (name: string, namespace = "shop"): Operation => ({
  op: "delete",
  key: { kind: "Pod", namespace, name },
});

export interface Named {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
}

function metadata({ name = "web", namespace = "shop", labels, annotations }: Named) {
  return {
    name,
    namespace,
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
}

export function service(spec: ServiceSpec = {}, named: Named = {}): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(named),
    spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec },
  };
}

export interface PodOptions extends Named {
  readonly ips?: readonly string[];
  readonly ready?: boolean;
  readonly phase?: NonNullable<PodStatus["phase"]>;
  readonly terminating?: boolean;
  readonly spec?: Partial<PodSpec>;
}

/** A Pod labelled app=web; ready at the given addresses unless said otherwise. */
export function pod(options: PodOptions = {}): Pod {
  const { name = "web-1", labels = { app: "web" }, ips = ["10.244.0.1"], ready = true } = options;
  const { phase = "Running", terminating = false, spec } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata({ ...options, name, labels }),
      ...(terminating && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { containers: [{ name: "main" }], ...spec },
    status: podStatus(ips, ready, phase),
  };
}

export function podStatus(
  ips: readonly string[],
  ready: boolean,
  phase: NonNullable<PodStatus["phase"]> = "Running",
): PodStatus {
  return {
    phase,
    ...(ips[0] !== undefined && { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
  };
}

export function node(name: string, zone?: string): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, ...(zone && { labels: { "topology.kubernetes.io/zone": zone } }) },
  };
}

export function slicesOf(store: Store, name = "web", namespace = "shop"): EndpointSlice[] {
  return store
    .list("EndpointSlice.discovery.k8s.io", { namespace })
    .filter(({ metadata: { labels } }) => labels?.["kubernetes.io/service-name"] === name);
}

export function podNames(store: Store): string[] {
  return store.list("Pod").map(({ metadata }) => metadata.name);
}

/** Brings all Pods that are not, or those of the names given, to run and be ready (or not). */
export function runPods(store: Store, names?: readonly string[], ready = true): void {
  const pods = store.list("Pod").filter(({ metadata: { name }, status }) => {
    return names?.includes(name) ?? (status?.phase !== "Succeeded" && status?.phase !== "Failed");
  });
  store.apply(
    pods.map((object, i): Operation => {
      const ip = object.status?.podIP ?? `10.244.9.${i + 1}`;
      return { op: "status", key: keyOf(object), status: podStatus([ip], ready) };
    }),
  );
}

/** Ends Pods with a phase. */
export function endPods(
  store: Store,
  names: readonly string[],
  phase: "Succeeded" | "Failed",
): void {
  const operations = names.map((name): Operation => {
    const key = { kind: "Pod", namespace: "shop", name };
    return { op: "status", key, status: podStatus([], false, phase) };
  });
  store.apply(operations);
}

/** A workload of any kind with a template labelled app=web. */
export function workload<T extends KubernetesObject>(
  apiVersion: string,
  kind: string,
  spec: object = {},
  named: Named = {},
  template: object = {},
): T {
  return {
    apiVersion,
    kind,
    metadata: metadata(named),
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "main", ...template }] },
      },
      ...spec,
    },
  } as unknown as T;
}
