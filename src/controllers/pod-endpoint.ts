import { familyOf } from "../net/address.ts";
import { type Node, ZONE_LABEL } from "../objects/cluster.ts";
import type { Endpoint } from "../objects/endpoint-slice.ts";
import { isReady, type Pod, podIPs } from "../objects/pod.ts";
import type { IPFamily, Service } from "../objects/service.ts";
import { isTerminating } from "./pod-state.ts";
import { isTopologyAware } from "./topology-mode.ts";

/** The endpoint that a pod is to a Service (P.2); undefined when it has no address of the family. */
export function podEndpoint(
  service: Service,
  pod: Pod,
  family: IPFamily,
  node: Node | undefined,
): Endpoint | undefined {
  const all = podIPs(pod);
  const isOfFamily = (address: string) => familyOf(address) === family;
  // Most pods have one family; what filter makes has room to grow.
  const addresses = all.every(isOfFamily) ? all : all.filter(isOfFamily);
  if (addresses.length === 0) return undefined;
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { nodeName, hostname, subdomain } = pod.spec;
  const { namespace, name, uid } = pod.metadata;
  const zone = node?.metadata.labels?.[ZONE_LABEL];
  const hints = ready ? hintsFor(service, zone, nodeName) : undefined;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    targetRef: {
      kind: "Pod",
      ...(namespace === undefined ? {} : { namespace }),
      name,
      ...(uid === undefined ? {} : { uid }),
    },
    ...(hints === undefined ? {} : { hints }),
  };
}

/** trafficDistribution as hints on a ready endpoint (P.6). */
function hintsFor(
  service: Service,
  zone: string | undefined,
  nodeName: string | undefined,
): Endpoint["hints"] {
  const { trafficDistribution } = service.spec;
  if (trafficDistribution === undefined || isTopologyAware(service)) return undefined;
  const isNode = trafficDistribution === "PreferSameNode";
  if (
    !isNode &&
    trafficDistribution !== "PreferClose" &&
    trafficDistribution !== "PreferSameZone"
  ) {
    return undefined;
  }
  const forNodes = isNode && nodeName ? { forNodes: [{ name: nodeName }] } : {};
  if (zone) return { forZones: [{ name: zone }], ...forNodes };
  return "forNodes" in forNodes ? forNodes : undefined;
}
