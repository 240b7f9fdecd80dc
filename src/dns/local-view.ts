import type { LoopbackMirror } from "../net/loopback-mirror.ts";
import type { Endpoint } from "../objects/endpoint-slice.ts";

/**
 * Where this machine reaches an address of the cluster: its loopback mirror. Endpoints that were written by hand for
 * outside hosts (no pod behind them) are reached at their own address.
 * @param endpoint absent for ClusterIPs.
 */
export function localAddress(address: string, mirror: LoopbackMirror, endpoint?: Endpoint): string {
  if (endpoint !== undefined && !isPodAddress(address, endpoint)) return address;
  return mirror.addressOf(address) ?? address;
}

function isPodAddress(address: string, endpoint: Endpoint): boolean {
  const { targetRef } = endpoint;
  if (targetRef !== undefined) return (targetRef.kind ?? "Pod") === "Pod";
  // kubeadm's range for pods, which is our default too.
  return address.startsWith("10.244.");
}
