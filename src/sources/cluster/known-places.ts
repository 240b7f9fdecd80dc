import { isEndpointReady, podOfEndpoint } from "../../objects/endpoint-slice.ts";
import type { Pod } from "../../objects/pod.ts";
import type { ObjectReader } from "../../store/store-reader.ts";
import type { KnownPlace } from "./pod-reach.ts";

/** Nodes that are tried; further ones would hardly give another result. */
const MAX_NODES = 3;

/**
 * Places where Pods of a cluster accept TCP connections, one on each of a few nodes. Pods in their node's network say
 * nothing of the addresses of the others.
 */
export function knownPlaces(store: ObjectReader, isElsewhere: (pod: Pod) => boolean): KnownPlace[] {
  const places = new Map<string, KnownPlace>();
  for (const slice of store.list("EndpointSlice.discovery.k8s.io")) {
    const port = slice.ports?.find(({ protocol = "TCP" }) => protocol === "TCP")?.port;
    if (port === undefined || port === null) continue;
    for (const endpoint of slice.endpoints) {
      const [address] = endpoint.addresses;
      const node = endpoint.nodeName ?? "";
      if (address === undefined || places.has(node) || !isEndpointReady(endpoint)) continue;
      const ref = podOfEndpoint(endpoint, slice.metadata.namespace);
      const pod = ref && store.get("Pod", ref.namespace, ref.name);
      if (pod === undefined || pod.spec.hostNetwork === true || !isElsewhere(pod)) continue;
      places.set(node, { address, port, pod: `${pod.metadata.namespace}/${pod.metadata.name}` });
      if (places.size === MAX_NODES) return [...places.values()];
    }
  }
  return [...places.values()];
}
