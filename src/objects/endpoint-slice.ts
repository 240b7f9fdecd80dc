import type { Protocol } from "./pod.ts";
import type { Endpoint, EndpointSlice as Slice } from "./tables/kinds.ts";

export type {
  DiscoveryV1EndpointPort as EndpointPort,
  Endpoint,
  EndpointConditions,
} from "./tables/kinds.ts";

/** A port of a Service, a slice or a ServiceImport. */
export interface DeclaredPort {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: string;
}

/** A validated EndpointSlice: without endpoints it has an empty list. */
export interface EndpointSlice extends Slice {
  readonly endpoints: readonly Endpoint[];
}

/** The label that assigns an EndpointSlice to a Service of its namespace; the slice's own name has no meaning. */
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
export const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
export const HEADLESS_LABEL = "service.kubernetes.io/headless";

/** The readiness rule: whether new traffic goes to the endpoint; absent means yes (P.1). */
export function isEndpointReady({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false;
}

/** Whether the endpoint passes its readiness probe, terminating or not; absent means as `ready`. */
export function isEndpointServing({ conditions }: Endpoint): boolean {
  return conditions?.serving ?? conditions?.ready ?? true;
}

/** Whether the endpoint is terminating; absent means no. */
export function isEndpointTerminating({ conditions }: Endpoint): boolean {
  return conditions?.terminating === true;
}

/**
 * The Pod that an endpoint stands for; undefined for an endpoint without one. A reference that names no namespace
 * means the slice's.
 */
export function podOfEndpoint(
  { targetRef }: Endpoint,
  sliceNamespace = "",
): { readonly namespace: string; readonly name: string } | undefined {
  const { kind, namespace = sliceNamespace, name } = targetRef ?? {};
  return kind === "Pod" && name !== undefined ? { namespace, name } : undefined;
}

/**
 * Whether a port of a slice is the one that a Service calls so: by name and protocol, never by number (P.1).
 * @param name empty for a port without a name.
 */
export function isPortNamed(
  port: DeclaredPort,
  name: string | null = "",
  protocol: Protocol = "TCP",
): boolean {
  return (port.name ?? "") === (name ?? "") && (port.protocol ?? "TCP") === protocol;
}
