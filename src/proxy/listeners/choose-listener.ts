import { compareHosts, matchesHost } from "../../routes/host-pattern.ts";
import type { PlannedListener } from "../../routes/translate.ts";

/**
 * The listener of a port that a host belongs to: the one with the most specific host name, and no other, whatever
 * routes it has (Gateway API, listener isolation).
 * @param host undefined where the client does not say
 */
export function chooseListener(
  listeners: readonly PlannedListener[],
  host: string | undefined,
): PlannedListener | undefined {
  let best: PlannedListener | undefined;
  for (const each of listeners) {
    const pattern = each.listener.host;
    const matches = host === undefined ? pattern.kind === "any" : matchesHost(pattern, host);
    if (!matches || !each.listener.isServed) continue;
    if (best === undefined || compareHosts(pattern, best.listener.host) < 0) best = each;
  }
  return best;
}
