import { familyOf } from "../net/address.ts";
import { type Node, ZONE_LABEL } from "../objects/cluster.ts";
import type { Endpoint } from "../objects/endpoint-slice.ts";
import { isReady, type Pod, podIPs } from "../objects/pod.ts";
import type { IPFamily, Service } from "../objects/service.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import { isTopologyAware } from "./topology-mode.ts";

/** The rule by which a selected pod is no endpoint of a Service. */
export type LeftOut = "finished" | "unknown-node" | "no-address" | "other-family";

/**
 * The endpoint for a pod that a Service selects, or the rule that excludes it (P.2).
 * @param node see {@link nodeOf}.
 */
export function podEndpoint(
  service: Service,
  pod: Pod,
  family: IPFamily,
  node: Node | "unknown" | undefined,
): Endpoint | LeftOut {
  if (isFinished(pod)) return "finished";
  if (node === "unknown") return "unknown-node";
  const all = podIPs(pod);
  if (all.length === 0) return "no-address";
  const isOfFamily = (address: string) => familyOf(address) === family;
  // Most pods have one family; filter would make an array with spare capacity.
  const addresses = all.every(isOfFamily) ? all : all.filter(isOfFamily);
  if (addresses.length === 0) return "other-family";
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec.publishNotReadyAddresses === true || takesTraffic(pod);
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

/** Whether a pod counts as a ready endpoint, for Services that publish only ready ones. */
export function takesTraffic(pod: Pod): boolean {
  return isReady(pod) && !isTerminating(pod);
}

/** trafficDistribution, expressed as hints on a ready endpoint (P.6). */
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

/**
 * A pod's Node; undefined when it has none, `unknown` when that Node does not exist. Without any Node objects, no
 * Node counts as missing.
 */
export function nodeOf(
  pod: Pod,
  service: Service,
  store: StoreReader,
): Node | "unknown" | undefined {
  const { nodeName } = pod.spec;
  if (!nodeName) return undefined;
  const node = store.get("Node", "", nodeName);
  if (node !== undefined || service.spec.publishNotReadyAddresses === true) return node;
  return store.count("Node") > 0 ? "unknown" : undefined;
}

/** The IP families of a Service's endpoints; IPv4 until it is known. */
export function endpointFamilies({ spec: { ipFamilies } }: Service): readonly IPFamily[] {
  return ipFamilies === undefined || ipFamilies.length === 0 ? IPV4 : ipFamilies;
}

const IPV4: readonly IPFamily[] = ["IPv4"];
