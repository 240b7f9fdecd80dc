import type { Condition } from "../objects/gateway.ts";
import { timestamp } from "../objects/timestamp.ts";

/** The reason for a route with some invalid rules. */
export const PARTIALLY_INVALID = "PartiallyInvalid";

/** A condition without its transition time. */
export interface Verdict {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export function verdict(type: string, reason: string, message = "", status = true): Verdict {
  return { type, status, reason, message };
}

/** A condition that is false, and why. */
export function refusedVerdict(type: string, reason: string, message: string): Verdict {
  return { type, status: false, reason, message };
}

/**
 * Conditions for a status: unchanged ones keep their transition time.
 * @param known the present conditions; those of other types are kept
 */
export function conditionsOf(
  verdicts: readonly Verdict[],
  known: readonly Condition[] | undefined,
  generation: number | undefined,
  now: Date,
): Condition[] {
  const others = (known ?? []).filter(({ type }) => !verdicts.some((each) => each.type === type));
  const own = verdicts.map(({ type, status, reason, message }): Condition => {
    const said = known?.find((each) => each.type === type);
    const word = status ? "True" : "False";
    return {
      type,
      status: word,
      reason,
      message,
      lastTransitionTime: said?.status === word ? said.lastTransitionTime : timestamp(now),
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  });
  return [...others, ...own];
}
