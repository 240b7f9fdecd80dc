import { isBypassed } from "./bypass.ts";
import type { Destination } from "./destination.ts";
import type { ServiceView } from "./service-view.ts";

/** Where a host leads, and whose Service it is. */
export interface Found {
  readonly view: ServiceView;
  readonly destination: Destination;
}

/** The views in force, the newest first: that is the one that knows a name if several do. */
const views: ServiceView[] = [];

export function addView(view: ServiceView): void {
  views.unshift(view);
}

/** @returns how many are left. */
export function removeView(view: ServiceView): number {
  const at = views.indexOf(view);
  if (at >= 0) views.splice(at, 1);
  return views.length;
}

/** Brings a view when Services are first asked for; undefined when there is nothing to wait for. */
let loader: (() => Promise<void>) | undefined;
let loading: Promise<void> | undefined;

/** Puts off what a view costs until a connection or a look-up may need it. */
export function loadOnUse(load: () => Promise<void>): void {
  loader = load;
  loading = undefined;
}

/**
 * Settles when it is known whether a host is ours; undefined when it is known already. Rejects when objects
 * could not be had.
 */
export function whenKnown(host: string | undefined): Promise<void> | undefined {
  if (loader === undefined || host === undefined || isLoopback(host) || isBypassed()) {
    return undefined;
  }
  loading ??= loader().finally(() => {
    loader = undefined;
  });
  return loading;
}

/** What no Service is called. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host.startsWith("127.0.0.") || host === "::1";
}

/** Undefined for hosts that are not ours, and for all of them inside `bypass`. */
export function findDestination(
  host: string | undefined,
  port: number,
  family?: number,
): Found | undefined {
  if (host === undefined || isBypassed()) return undefined;
  let failed: Found | undefined;
  for (const view of views) {
    const destination = view.destinations.find(host, port, asFamily(family));
    if (destination === undefined) continue;
    if (destination.kind !== "failure") return { view, destination };
    // A name in the cluster's zone that one view lacks may be another's.
    failed ??= { view, destination };
  }
  return failed;
}

/** The view that answers a name; undefined when the system does. */
export function viewOf(name: string): ServiceView | undefined {
  if (isBypassed()) return undefined;
  let first: ServiceView | undefined;
  for (const view of views) {
    if (!view.destinations.isOurs(name)) continue;
    // With no port there is no connection to be had, only the name to be found.
    if (!isMissing(view.destinations.find(name, 0))) return view;
    first ??= view;
  }
  return first;
}

function isMissing(destination: Destination | undefined): boolean {
  return destination?.kind === "failure" && destination.code === "ENOTFOUND";
}

function asFamily(family: number | undefined): 4 | 6 | undefined {
  return family === 4 || family === 6 ? family : undefined;
}
