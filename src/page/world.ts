/**
 * The data about a cluster that the page in the browser gets: one snapshot, then changes. Server and page both import
 * this module, so it imports nothing that needs Node.
 */
import type { PodStage } from "../objects/pod-state.ts";

export interface WorldService {
  /** `shop/web`, as for everything with a namespace. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: its endpoints are written by hand or by another controller. */
  readonly selector?: string;
  readonly type: string;
  /** In the cluster. */
  readonly address: string;
  /** Its URL for a browser. */
  readonly url?: string;
  readonly ready: number;
  readonly total: number;
  /** Why it has no live pod. */
  readonly problem?: string;
  /** Its endpoints: ids of pods, or addresses of endpoints without a pod. */
  readonly endpoints: readonly string[];
}

export type PodHome =
  /** A process that `up` runs. */
  | "process"
  /** A process that something else started on this machine. */
  | "attached"
  /** An echo of this `up`. */
  | "stub"
  /** A pod of the followed cluster. */
  | "remote"
  /** A pod of which only the object is known here. */
  | "elsewhere";

export interface WorldPod {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly stage: PodStage;
  /** Why it is not ready, in words. */
  readonly why?: string;
  readonly restarts: number;
  readonly home: PodHome;
  readonly address?: string;
}

/** An Ingress or a route of the Gateway API. */
export interface WorldRoute {
  /** `Ingress shop/web` */
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly hosts: readonly string[];
  /** Ids of the Services that it leads to. */
  readonly services: readonly string[];
  /** Why it does not lead there. */
  readonly problem?: string;
}

export interface World {
  readonly services: ReadonlyMap<string, WorldService>;
  readonly pods: ReadonlyMap<string, WorldPod>;
  readonly routes: ReadonlyMap<string, WorldRoute>;
  /** What is wrong with the `up` as a whole, in sentences. */
  readonly troubles: readonly string[];
}

/** Changes. Each item is complete, not a difference. */
export interface WorldChange {
  /** Everything that was sent before is invalid. */
  readonly isSnapshot?: boolean;
  readonly services?: readonly WorldService[];
  readonly pods?: readonly WorldPod[];
  readonly routes?: readonly WorldRoute[];
  readonly troubles?: readonly string[];
  readonly gone?: {
    readonly services?: readonly string[];
    readonly pods?: readonly string[];
    readonly routes?: readonly string[];
  };
}

export const EMPTY_WORLD: World = {
  services: new Map(),
  pods: new Map(),
  routes: new Map(),
  troubles: [],
};

/** The world after a change. Maps without changes stay the same objects. */
export function applyChange(before: World, change: WorldChange): World {
  const from = change.isSnapshot === true ? EMPTY_WORLD : before;
  return {
    services: merged(from.services, change.services, change.gone?.services),
    pods: merged(from.pods, change.pods, change.gone?.pods),
    routes: merged(from.routes, change.routes, change.gone?.routes),
    troubles: change.troubles ?? from.troubles,
  };
}

function merged<T extends { readonly id: string }>(
  before: ReadonlyMap<string, T>,
  put: readonly T[] = [],
  gone: readonly string[] = [],
): ReadonlyMap<string, T> {
  if (put.length === 0 && gone.length === 0) return before;
  const after = new Map(before);
  for (const id of gone) after.delete(id);
  for (const each of put) after.set(each.id, each);
  return after;
}
