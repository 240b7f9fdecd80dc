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
  const knowing = views.filter(({ destinations }) => destinations.isOurs(name));
  // With no port there is no connection to be had, only the name to be found.
  return knowing.find(({ destinations }) => !isMissing(destinations.find(name, 0))) ?? knowing[0];
}

function isMissing(destination: Destination | undefined): boolean {
  return destination?.kind === "failure" && destination.code === "ENOTFOUND";
}

function asFamily(family: number | undefined): 4 | 6 | undefined {
  return family === 4 || family === 6 ? family : undefined;
}
