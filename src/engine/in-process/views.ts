import { isBypassed } from "./bypass.ts";
import type { Destination } from "./destination.ts";
import type { ServiceView } from "./service-view.ts";

/** Where a host leads, and the view that knows it. */
export interface Found {
  readonly view: ServiceView;
  readonly destination: Destination;
}

/** The active views, the newest first: of several that know a name, the newest decides. */
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

/** Loads a view when Services are first asked for; returns undefined when it is loaded. */
let loader: (() => Promise<void>) | undefined;
let loading: Promise<void> | undefined;

/** Delays the cost of a view until a connection or a look-up may need it. */
export function loadOnUse(load: () => Promise<void>): void {
  loader = load;
  loading = undefined;
}

/**
 * Settles when it is known whether a host is the cluster's; undefined when it is known already. Rejects when the
 * objects can't be loaded.
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

/** Hosts that can't be a Service's. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host.startsWith("127.0.0.") || host === "::1";
}

/** Undefined for other hosts, and for all hosts inside `bypass`. */
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
    // A name in the cluster's zone that one view lacks may exist in another.
    failed ??= { view, destination };
  }
  return failed;
}

/** The view that answers for a name; undefined where the system does. */
export function viewOf(name: string): ServiceView | undefined {
  if (isBypassed()) return undefined;
  let first: ServiceView | undefined;
  for (const view of views) {
    if (!view.destinations.isOurs(name)) continue;
    // Without a port nothing can be connected to; only the name is looked up.
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
