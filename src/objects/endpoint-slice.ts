import type { KubernetesObject } from "./object.ts";
import type { Protocol } from "./pod.ts";

/** The label that ties an EndpointSlice to its Service (same namespace); its own name means nothing. */
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
export const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
export const HEADLESS_LABEL = "service.kubernetes.io/headless";

export interface EndpointConditions {
  /** Absent or null means ready. */
  readonly ready?: boolean | null;
  /** Absent or null means as `ready`. */
  readonly serving?: boolean | null;
  /** Absent or null means no. */
  readonly terminating?: boolean | null;
}

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly targetRef?: {
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
  };
  readonly hints?: {
    readonly forZones?: readonly { readonly name: string }[];
    readonly forNodes?: readonly { readonly name: string }[];
  };
}

export interface EndpointPort {
  /** The service port's name; absent or empty for an unnamed one. */
  readonly name?: string | null;
  readonly port?: number | null;
  readonly protocol?: Protocol;
  readonly appProtocol?: string;
}

export interface EndpointSlice extends KubernetesObject {
  readonly addressType: "IPv4" | "IPv6" | "FQDN";
  readonly endpoints: readonly Endpoint[];
  readonly ports?: readonly EndpointPort[] | null;
}

/** The readiness rule: whether new traffic goes to the endpoint; absent means yes (P.1). */
export function isEndpointReady({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false;
}

/** Whether the endpoint passes its readiness probe, be it on its way out or not; absent means as `ready`. */
export function isEndpointServing({ conditions }: Endpoint): boolean {
  return conditions?.serving ?? conditions?.ready ?? true;
}

/** Whether the endpoint is on its way out; absent means no. */
export function isEndpointTerminating({ conditions }: Endpoint): boolean {
  return conditions?.terminating === true;
}

/**
 * Whether a port of a slice is the one that a Service calls so: by name and protocol, never by number (P.1).
 * @param name empty for a port without a name.
 */
export function isPortNamed(
  port: EndpointPort,
  name: string | null = "",
  protocol: Protocol = "TCP",
): boolean {
  return (port.name ?? "") === (name ?? "") && (port.protocol ?? "TCP") === protocol;
}
