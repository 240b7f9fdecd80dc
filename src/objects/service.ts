import type { Service, ServiceSpec } from "./tables/kinds.ts";

export type { LoadBalancerIngress, Service, ServicePort, ServiceSpec } from "./tables/kinds.ts";

export type ServiceType = NonNullable<ServiceSpec["type"]>;
/** The family of an address. */
export type IPFamily = "IPv4" | "IPv6";
export type TrafficPolicy = "Cluster" | "Local";

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

/** Whether the data plane may open ports on nodes for it. */
export function hasNodePorts({ type }: ServiceSpec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

/** By this label a Service says that something else than kube-proxy answers at its addresses (P.7). */
export const SERVICE_PROXY_NAME = "service.kubernetes.io/service-proxy-name";

/** Whether nothing is balanced over the Service's endpoints at its addresses: those of Gateways, for example. */
export function hasOwnProxy({ metadata: { labels } }: Service): boolean {
  return labels !== undefined && Object.hasOwn(labels, SERVICE_PROXY_NAME);
}
