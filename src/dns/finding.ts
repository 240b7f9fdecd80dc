import type { Rule } from "./explanation.ts";

/** What decided an answer, and what to do about it. */
export interface Finding {
  readonly rule: Rule;
  readonly reason: string;
  readonly hints: readonly string[];
  readonly quirk?: string;
}
