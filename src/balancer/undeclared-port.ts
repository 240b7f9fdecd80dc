import type { Endpoint, EndpointSlice } from "../objects/endpoint-slice.ts";
import type { Pod } from "../objects/pod.ts";
import type { IPFamily, Service } from "../objects/service.ts";
import { type BalancedPort, type PortSource, PortState } from "./balanced-port.ts";

type Surroundings = Omit<PortSource, "slices">;

/** The endpoints of slices at a port that stands neither there nor in the Service. */
export function undeclaredPort(
  service: Service,
  slices: readonly EndpointSlice[],
  number: number,
  family: IPFamily,
  source: Surroundings,
): BalancedPort {
  const { namespace = "", name } = service.metadata;
  const at = slices.map((slice): EndpointSlice => ({ ...slice, ports: [{ port: number }] }));
  const key = { namespace, service: name, port: "", protocol: "TCP" as const, family };
  return new PortState(key, service, { port: number }, { ...source, slices: () => at });
}

/** A port of a pod that no Service need know; it stands for itself, under the pod's own name. */
export function podPort(
  { metadata }: Pod,
  address: string,
  number: number,
  source: Surroundings,
): BalancedPort {
  const { namespace = "", name } = metadata;
  const endpoint = { addresses: [address], targetRef: { kind: "Pod", namespace, name } };
  return lonePort({ namespace, name }, endpoint, number, source);
}

/** A port of a host outside the cluster, by its name or address. */
export function outsidePort(host: string, number: number, source: Surroundings): BalancedPort {
  const endpoint = { addresses: [host], targetRef: { kind: "Host" } };
  return lonePort({ namespace: "", name: host }, endpoint, number, source);
}

/** One endpoint, which stands for itself. */
function lonePort(
  metadata: { readonly namespace: string; readonly name: string },
  endpoint: Endpoint,
  number: number,
  source: Surroundings,
): BalancedPort {
  const family = endpoint.addresses[0]?.includes(":") ? "IPv6" : "IPv4";
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { clusterIP: "None" },
  };
  const slice: EndpointSlice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata,
    addressType: family,
    endpoints: [endpoint],
  };
  return undeclaredPort(service, [slice], number, family, source);
}
