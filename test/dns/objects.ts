import type { Endpoint, EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Pod, PodSpec, PodStatus } from "../../src/objects/pod.ts";
import type { Service, ServiceSpec } from "../../src/objects/service.ts";
import { Store } from "../../src/store/store.ts";

export function storeOf(...objects: readonly KubernetesObject[]): Store {
  const store = new Store();
  put(store, ...objects);
  return store;
}

export function put(store: Store, ...objects: readonly KubernetesObject[]): void {
  store.apply(objects.map((object) => ({ op: "put", object })));
}

export function remove(store: Store, kind: string, namespace: string, name: string): void {
  store.apply([{ op: "delete", key: { kind, namespace, name } }]);
}

export function namespaceObject(name: string): KubernetesObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** `shop/web`. */
export function service(path: string, spec: ServiceSpec): Service {
  const [namespace = "", name = ""] = path.split("/");
  return { apiVersion: "v1", kind: "Service", metadata: { namespace, name }, spec };
}

/** The slice of a Service; endpoints are addresses or whole endpoints. */
export function slice(
  path: string,
  endpoints: readonly (string | Endpoint)[],
  ports: EndpointSlice["ports"] = [{ name: "http", port: 8080, protocol: "TCP" }],
): EndpointSlice {
  const [namespace = "", name = ""] = path.split("/");
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      namespace,
      name: `${name}-1`,
      labels: { "kubernetes.io/service-name": name },
    },
    addressType: "IPv4",
    ports,
    endpoints: endpoints.map((e) => (typeof e === "string" ? { addresses: [e] } : e)),
  };
}

export function pod(path: string, status: PodStatus, spec: Partial<PodSpec> = {}): Pod {
  const [namespace = "", name = ""] = path.split("/");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name, labels: { app: name } },
    spec: { containers: [], ...spec },
    status,
  };
}
