import { HEEDED, RELEASES, SINCE } from "./tables/releases.ts";

/** A release of Kubernetes whose API server's answers are known here. */
export type Release = (typeof RELEASES)[number];

/** Oldest first. */
export { RELEASES };

/** The default release. */
export const NEWEST: Release = "1.36";

export function isBefore(release: Release, other: Release): boolean {
  return RELEASES.indexOf(release) < RELEASES.indexOf(other);
}

/** The release from which on servers know a kind; undefined for those that all of them know. */
export function kindSince(apiVersion: string, kind: string): Release | undefined {
  return SINCE[`${apiVersion} ${kind}`];
}

/** How releases treat a field, where they differ. */
export interface FieldHistory {
  /** The release from which on servers know it. */
  readonly known?: Release | undefined;
  /** Releases before that one, or without the feature gate, drop it. */
  readonly heeded?: { readonly since?: Release; readonly gate?: string } | undefined;
}

export function historyOf(definition: string, field: string): FieldHistory | undefined {
  const key = `${definition} ${field}`;
  const known = SINCE[key];
  const heeded = HEEDED[key];
  return known === undefined && heeded === undefined ? undefined : { known, heeded };
}
