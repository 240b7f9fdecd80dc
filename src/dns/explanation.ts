import type { Resolution } from "./resolution.ts";

/** Which rule decided an answer. Stable, to be switched on. */
export type Rule =
  | "answer"
  | "outside-zones"
  | "type-refused"
  | "not-synced"
  | "empty-name"
  | "unknown-tree"
  | "too-many-labels"
  | "namespace-missing"
  | "namespace-hidden"
  | "service-missing"
  | "service-empty"
  | "service-without-address"
  | "endpoint-records-off"
  | "headless-without-endpoints"
  | "headless-not-ready"
  | "endpoint-missing"
  | "endpoint-not-ready"
  | "port-missing"
  | "external-name-is-address"
  | "external-name-below"
  | "external-name-target"
  | "zone-name-not-headless"
  | "zone-without-endpoints"
  | "pods-disabled"
  | "pod-name-no-address"
  | "pod-missing"
  | "address-unknown"
  | "family-missing"
  | "type-missing";

/** Why a name answers as it does, and what to do about it. */
export interface Explanation {
  readonly resolution: Resolution;
  readonly rule: Rule;
  /** One sentence without the rcode: `Service prod/db is headless and both its endpoints are not ready (…)`. */
  readonly reason: string;
  /** What to do, or where the name would have been found. */
  readonly hints: readonly string[];
  /** Where CoreDNS, and we with it, depart from the specification (D.16). */
  readonly quirk?: string;
  /** RFC 8914. */
  readonly infoCode: number;
}

/** `NXDOMAIN: Service prod/db … Hint: …`, in one line. */
export function explanationText({ resolution, reason, hints, quirk }: Explanation): string {
  const noData = resolution.rcode === "NOERROR" && resolution.answers.length === 0;
  const outcome = noData ? "NODATA" : resolution.rcode;
  return [`${outcome}: ${reason}`, ...hints, ...(quirk === undefined ? [] : [quirk])].join("; ");
}
