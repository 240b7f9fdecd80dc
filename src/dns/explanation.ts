import type { Rule } from "./reason.ts";
import type { Resolution } from "./resolution.ts";

/** Why a name answers as it does, and what to do about it. */
export interface Explanation {
  readonly resolution: Resolution;
  /** The rule that decided. Stable, so that callers can switch on it. */
  readonly rule: Rule;
  /** One sentence without the rcode: `Service prod/db is headless and both its endpoints are not ready (…)`. */
  readonly reason: string;
  /** What to do, or which name would have been found. */
  readonly hints: readonly string[];
  /** Where CoreDNS departs from the specification, and kubelane follows CoreDNS (D.16). */
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
