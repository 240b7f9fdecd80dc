import { clusterIPs, isHeadless, type Service } from "../objects/service.ts";

/**
 * `10.96.3.7:80,9090 (127.0.0.1:30080)`: a Service's address in the cluster, and its NodePorts on this machine.
 * @param nodeHost the host of NodePorts
 */
export function serviceAddress(service: Service, nodeHost: string): string {
  const { spec } = service;
  if (spec.type === "ExternalName") return `alias of ${spec.externalName}`;
  const ports = (spec.ports ?? []).map(({ port }) => port).join(",");
  if (isHeadless(service)) return ports === "" ? "headless" : `headless:${ports}`;
  const nodePorts = (spec.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []);
  const here = nodePorts.length === 0 ? "" : ` (${nodeHost}:${nodePorts.join(",")})`;
  return `${clusterIPs(service)[0] ?? "none"}:${ports}${here}`;
}
