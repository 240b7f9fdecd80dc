import { type Endpoint, isEndpointTerminating } from "../objects/endpoint-slice.ts";
import { podState } from "../objects/pod-state.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** Names in a message at most; the others are only counted. */
const SHOWN = 3;

/** `db-0: connection refused on 5432, db-1: starting`: endpoints that are not ready, and why. */
export function notReadyEndpoints(
  endpoints: readonly Endpoint[],
  namespace: string,
  store: StoreReader,
): { readonly count: number; readonly text: string } {
  const all = new Map<string, string>();
  for (const endpoint of endpoints) {
    const pod = endpoint.targetRef?.name;
    const name = pod ?? endpoint.hostname ?? endpoint.addresses[0] ?? "?";
    const found = pod === undefined ? undefined : store.get("Pod", namespace, pod);
    const terminating = isEndpointTerminating(endpoint) ? "terminating" : undefined;
    const why = found === undefined ? terminating : podState(found);
    if (!all.has(name)) all.set(name, why === undefined ? name : `${name}: ${why}`);
  }
  const more = all.size > SHOWN ? `, and ${all.size - SHOWN} more` : "";
  return { count: all.size, text: [...all.values()].slice(0, SHOWN).join(", ") + more };
}
