import type { KnownKind, KnownKinds } from "./known-kinds.ts";
import { kindOf } from "./registry.ts";
import { RESOURCES } from "./resource.ts";

/** The kinds, by groupKind, that are pods or have a template for some, in the order of `kubectl get all`. */
export const WORKLOAD_KINDS: readonly string[] = [
  ...new Set(RESOURCES.map(({ groupKind }) => groupKind)),
].filter((groupKind) => kindOf(groupKind)?.pods !== undefined);

/** A kind whose spec says how many pods there are to be. */
export type ScaledKind = {
  [K in KnownKind]: "replicas" extends keyof NonNullable<KnownKinds[K]["spec"]> ? K : never;
}[KnownKind];

/** The kinds, by groupKind, that an API server lets clients scale. */
export const SCALED_KINDS: readonly ScaledKind[] = RESOURCES.filter(({ subresources }) =>
  subresources.some(({ name }) => name === "scale"),
).map(({ groupKind }) => groupKind as ScaledKind);
