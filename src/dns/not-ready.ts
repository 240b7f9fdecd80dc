import { type EndpointSlice, isEndpointReady } from "../objects/endpoint-slice.ts";
import type { Pod } from "../objects/pod.ts";
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
        (pod === undefined ? undefined : podTrouble(store.get("Pod", namespace, pod))) ??
        (endpoint.conditions?.terminating ? "terminating" : undefined);
      all.push(why === undefined ? name : `${name}: ${why}`);
    }
  }
  const more = all.length > SHOWN ? `, and ${all.length - SHOWN} more` : "";
  return { count: all.length, text: all.slice(0, SHOWN).join(", ") + more };
}

/** Why a pod is not ready, as its status tells it; undefined when it does not tell. */
export function podTrouble(pod: Pod | undefined): string | undefined {
  if (pod === undefined) return undefined;
  if (pod.metadata.deletionTimestamp !== undefined) return "terminating";
  const { conditions = [], containerStatuses = [], phase, message, reason } = pod.status ?? {};
  const ready = conditions.find(({ type }) => type === "Ready");
  for (const { state } of containerStatuses) {
    const waiting = state?.waiting ?? state?.terminated;
    const told = waiting?.message ?? waiting?.reason;
    if (told !== undefined) return told;
  }
  return ready?.message ?? ready?.reason ?? message ?? reason ?? phase?.toLowerCase();
}
