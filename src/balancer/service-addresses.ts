import { clusterIPs, type Service } from "../objects/service.ts";
import type { Traffic } from "./endpoint-table.ts";

/** An address that leads to a Service, and by which of its policies (P.3). */
export interface ServiceAddress {
  readonly address: string;
  readonly kind: "ClusterIP" | "LoadBalancer" | "ExternalIP";
  readonly traffic: Traffic;
}

const TRAFFIC: Readonly<Record<ServiceAddress["kind"], Traffic>> = {
  ClusterIP: "internal",
  ExternalIP: "external",
  LoadBalancer: "load-balancer",
};

/** The virtual addresses of a Service (P.7): none when it is headless or an ExternalName. */
export function serviceAddresses(service: Service): readonly ServiceAddress[] {
  const { type, externalIPs = [], loadBalancerClass } = service.spec;
  const own = clusterIPs(service);
  if (type === "ExternalName" || own.length === 0 || own[0] === "None") return [];
  const found: ServiceAddress[] = [];
  const add = (address: string, kind: ServiceAddress["kind"]) =>
    found.push({ address, kind, traffic: TRAFFIC[kind] });
  for (const address of own) add(address, "ClusterIP");
  for (const address of externalIPs) add(address, "ExternalIP");
  if (type === "LoadBalancer" && loadBalancerClass === undefined) {
    for (const { ip, ipMode } of service.status?.loadBalancer?.ingress ?? []) {
      if (ip !== undefined && ip !== "" && ipMode !== "Proxy") add(ip, "LoadBalancer");
    }
  }
  return found;
}
