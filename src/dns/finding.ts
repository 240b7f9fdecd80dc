/** A reason in words, and what to do about it. */
export interface Finding {
  readonly reason: string;
  readonly hints: readonly string[];
  readonly quirk?: string;
}
