import type { Condition } from "../objects/gateway.ts";

/** Of a route some of whose rules are not followed. */
export const PARTIALLY_INVALID = "PartiallyInvalid";

/** What a condition says, before it is known since when. */
export interface Verdict {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export function verdict(type: string, reason: string, message = "", status = true): Verdict {
  return { type, status, reason, message };
}

/** Something is not so, and why. */
export function refusedVerdict(type: string, reason: string, message: string): Verdict {
  return { type, status: false, reason, message };
}

/**
 * Conditions as they stand in a status: those that say what they said before keep the time since when.
 * @param known what stands there; conditions of other types stay
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
      lastTransitionTime:
        said?.status === word ? said.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`,
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  });
  return [...others, ...own];
}
