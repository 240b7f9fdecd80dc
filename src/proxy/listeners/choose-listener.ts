import { compareHosts, matchesHost } from "../../routes/host-pattern.ts";
import type { PlannedListener } from "../../routes/translate.ts";

/**
 * The listener of a port that serves a host: the one with the most specific matching host name, even if it has no
 * route for the request (Gateway API, listener isolation).
 * @param host undefined where the client doesn't state one
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
