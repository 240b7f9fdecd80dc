import type { KubernetesObject, StringMap } from "./object.ts";
import type { Protocol } from "./pod.ts";

export type ServiceType = "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
export type IPFamily = "IPv4" | "IPv6";
export type TrafficPolicy = "Cluster" | "Local";

export interface ServicePort {
  /** Required and unique when there are several ports; absent means the empty name. */
  readonly name?: string;
  readonly protocol?: Protocol;
  readonly appProtocol?: string;
  readonly port: number;
  /** A container port's number or name; absent means the same number as `port`. */
  readonly targetPort?: number | string;
  readonly nodePort?: number;
}

export interface ServiceSpec {
  readonly type?: ServiceType;
  /** Absent or empty: no pods are selected, someone else writes the EndpointSlices (P.2). */
  readonly selector?: StringMap;
  readonly ports?: readonly ServicePort[];
  /** An address, `None` for a headless Service, absent or empty to have one allocated. */
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ipFamilies?: readonly IPFamily[];
  readonly ipFamilyPolicy?: "SingleStack" | "PreferDualStack" | "RequireDualStack";
  readonly externalName?: string;
  readonly externalIPs?: readonly string[];
  readonly loadBalancerIP?: string;
  readonly loadBalancerClass?: string;
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly allocateLoadBalancerNodePorts?: boolean;
  readonly externalTrafficPolicy?: TrafficPolicy;
  readonly internalTrafficPolicy?: TrafficPolicy;
  readonly healthCheckNodePort?: number;
  readonly trafficDistribution?: string;
  readonly sessionAffinity?: "None" | "ClientIP";
  readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } };
  readonly publishNotReadyAddresses?: boolean;
}

export interface LoadBalancerIngress {
  readonly ip?: string;
  readonly hostname?: string;
  readonly ipMode?: "VIP" | "Proxy";
}

export interface Service extends KubernetesObject {
  readonly spec: ServiceSpec;
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly LoadBalancerIngress[] };
  };
}

/** The Service's addresses in order, `["None"]` when headless, empty before allocation. */
export function clusterIPs(service: Service): readonly string[] {
  const { clusterIP, clusterIPs: all } = service.spec;
  if (all !== undefined && all.length > 0) return all;
  return clusterIP === undefined || clusterIP === "" ? [] : [clusterIP];
}

/** Headless ⇔ the first ClusterIP is the word `None` (D.1). */
export function isHeadless(service: Service): boolean {
  return clusterIPs(service)[0] === "None";
}
