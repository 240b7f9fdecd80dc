import type { Protocol } from "../objects/pod.ts";
import type { IPFamily, Service, ServicePort } from "../objects/service.ts";
import { clusterIPs } from "../objects/service.ts";

/** The unit of routing (P.1): one balancer state per key. */
export interface ServicePortKey {
  readonly namespace: string;
  readonly service: string;
  /** The service port's name; empty when it has none. */
  readonly port: string;
  readonly protocol: Protocol;
  readonly family: IPFamily;
}

/** `shop/web:http` and, where it isn't TCP over IPv4, what it is: how messages name a service port. */
export function describeServicePort(key: ServicePortKey): string {
  const port = key.port === "" ? "" : `:${key.port}`;
  const protocol = key.protocol === "TCP" ? "" : `/${key.protocol}`;
  return `${key.namespace}/${key.service}${port}${protocol}${key.family === "IPv6" ? " (IPv6)" : ""}`;
}

export function protocolOf(port: ServicePort): Protocol {
  return port.protocol ?? "TCP";
}

/** The family a client that doesn't ask for one gets: the Service's first. */
export function primaryFamily(service: Service): IPFamily {
  const [address] = clusterIPs(service);
  if (address?.includes(":")) return "IPv6";
  return service.spec.ipFamilies?.[0] ?? "IPv4";
}
