import { patchDns } from "./patch-dns.ts";
import { patchFetch } from "./patch-fetch.ts";
import { patchHttpAgent } from "./patch-http-agent.ts";
import { patchNet } from "./patch-net.ts";
import type { ServiceView } from "./service-view.ts";
import { addView, removeView } from "./views.ts";

let restore: (() => void)[] | undefined;

/**
 * Makes Service names work in this whole process, whatever client asks, until the returned function is
 * called. Several views may be in force at once: where they disagree, the newest knows best.
 */
export function hook(view: ServiceView): () => void {
  addView(view);
  restore ??= [patchNet(), patchDns(), patchHttpAgent(), patchFetch()];
  return () => {
    if (removeView(view) > 0 || restore === undefined) return;
    for (const each of restore) each();
    restore = undefined;
  };
}
