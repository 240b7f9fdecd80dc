import { patchDns } from "./patch-dns.ts";
import { patchFetch } from "./patch-fetch.ts";
import { patchHttpAgent } from "./patch-http-agent.ts";
import { patchNet } from "./patch-net.ts";
import type { ServiceView } from "./service-view.ts";
import { addView, loadOnUse, removeView } from "./views.ts";

let restore: (() => void)[] | undefined;

/** {@link hook} for a view that is made only when a name may need it. @param load calls `hook`. */
export function hookOnUse(load: () => Promise<void>): void {
  loadOnUse(load);
  install();
}

function install(): void {
  restore ??= [patchNet(), patchDns(), patchHttpAgent(), patchFetch()];
}

/**
 * Makes Service names work in this whole process, for every client, until the returned function is called. Several
 * views may be active: where they disagree, the newest one decides.
 */
export function hook(view: ServiceView): () => void {
  addView(view);
  install();
  return () => {
    if (removeView(view) > 0 || restore === undefined) return;
    for (const each of restore) each();
    restore = undefined;
  };
}
