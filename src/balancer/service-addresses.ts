import { clusterIPs, type Service } from "../objects/service.ts";

/** An address that leads to a Service, and by which of its policies (P.3). */
export interface ServiceAddress {
  readonly address: string;
  readonly kind: "ClusterIP" | "LoadBalancer" | "ExternalIP";
}

/** The virtual addresses of a Service (P.7): none when it is headless or an ExternalName. */
export function serviceAddresses(service: Service): readonly ServiceAddress[] {
  const { type, externalIPs = [], loadBalancerClass } = service.spec;
  const own = clusterIPs(service);
  if (type === "ExternalName" || own.length === 0 || own[0] === "None") return [];
  const found: ServiceAddress[] = own.map((address) => ({ address, kind: "ClusterIP" }));
  for (const address of externalIPs) found.push({ address, kind: "ExternalIP" });
  if (type === "LoadBalancer" && loadBalancerClass === undefined) {
    for (const { ip, ipMode } of service.status?.loadBalancer?.ingress ?? []) {
      if (ip !== undefined && ip !== "" && ipMode !== "Proxy") {
        found.push({ address: ip, kind: "LoadBalancer" });
      }
    }
  }
  return found;
}
