import { nearest } from "../../labels/nearest.ts";
import type { Selector } from "../../labels/selector.ts";
import { isReady, type Pod, podIPs } from "../../objects/pod.ts";
import { podState } from "../../objects/pod-state.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { formatMiss } from "../near-miss.ts";
import { columns } from "../section.ts";

/** Lines about pods at most. */
const SHOWN = 12;
const NEAR = 5;

/** One line for each pod: whether it is ready, why not, and its address. */
export function podLines(pods: readonly Pod[]): string[] {
  const rows = pods.slice(0, SHOWN).map((pod) => {
    const ready = isReady(pod) && pod.metadata.deletionTimestamp === undefined;
    const state = ready ? "ready" : `not ready: ${podState(pod)}`;
    return [ready ? "✓" : "✗", pod.metadata.name, podIPs(pod)[0] ?? "-", state];
  });
  const rest = pods.length - SHOWN;
  return [...columns(rows), ...(rest > 0 ? [`and ${rest} more`] : [])];
}

/** The pods that nearly match a selector, and why each doesn't. */
export function nearMisses(selector: Selector, namespace: string, store: StoreReader): string[] {
  const pods = store.list("Pod", { namespace });
  const misses = nearest(selector, pods, { limit: NEAR });
  return columns(misses.map((miss) => [miss.item.metadata.name, formatMiss(miss)]));
}
