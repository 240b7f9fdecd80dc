import {
  type EndpointSlice,
  isEndpointReady,
  isEndpointTerminating,
} from "../objects/endpoint-slice.ts";
import { podState } from "../objects/pod-state.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** Names in a message, at most; the rest is counted. */
const SHOWN = 3;

/** `db-0: connection refused on 5432, db-1: starting`: the endpoints of slices that are not ready, and why. */
export function notReadyEndpoints(
  slices: readonly EndpointSlice[],
  store: StoreReader,
): { readonly count: number; readonly text: string } {
  const all: string[] = [];
  const seen = new Set<string>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints) {
      const pod = endpoint.targetRef?.name;
      const name = pod ?? endpoint.hostname ?? endpoint.addresses[0] ?? "?";
      if (isEndpointReady(endpoint) || seen.has(name)) continue;
      seen.add(name);
      const namespace = slice.metadata.namespace ?? "";
      const why =
        podTrouble(pod, namespace, store) ??
        (isEndpointTerminating(endpoint) ? "terminating" : undefined);
      all.push(why === undefined ? name : `${name}: ${why}`);
    }
  }
  const more = all.length > SHOWN ? `, and ${all.length - SHOWN} more` : "";
  return { count: all.length, text: all.slice(0, SHOWN).join(", ") + more };
}

function podTrouble(
  name: string | undefined,
  namespace: string,
  store: StoreReader,
): string | undefined {
  const pod = name === undefined ? undefined : store.get("Pod", namespace, name);
  return pod === undefined ? undefined : podState(pod);
}
