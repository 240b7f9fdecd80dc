import type { Endpoint, EndpointPort, EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { Pod, PodStatus } from "../../src/objects/pod.ts";
import type { Service, ServiceSpec } from "../../src/objects/service.ts";

/** A Service in namespace shop, one port 80, unless said otherwise. */
export function service(
  name: string,
  spec: Partial<ServiceSpec> = {},
  namespace = "shop",
): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { ports: [{ port: 80 }], selector: { app: name }, ...spec },
  };
}

export interface SliceInput {
  readonly service: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports?: readonly EndpointPort[];
  readonly name?: string;
  readonly namespace?: string;
  readonly addressType?: EndpointSlice["addressType"];
}

export function slice(input: SliceInput): EndpointSlice {
  const { service: owner, endpoints, ports = [{ port: 8080 }], namespace = "shop" } = input;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: input.name ?? `${owner}-1`,
      namespace,
      labels: { "kubernetes.io/service-name": owner },
    },
    addressType: input.addressType ?? "IPv4",
    endpoints,
    ports,
  };
}

export function endpoint(address: string, more: Partial<Endpoint> = {}): Endpoint {
  return { addresses: [address], ...more };
}

export function pod(name: string, labels: Record<string, string>, status: PodStatus = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", labels },
    spec: { containers: [{ name: "main" }] },
    status,
  };
}
