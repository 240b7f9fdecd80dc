import type { Picked } from "../../balancer/choice.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { describePlace } from "../upstream.ts";

/** What a client is told when an endpoint was sent its request and broke off before it answered. */
export function brokenOff(picked: Picked, reason: string): Refusal {
  const why = `${describePlace(picked)} failed before it answered: ${reason}`;
  return refusal(502, "upstream-failed", why);
}

/** Why an answer that has begun goes no further. */
export function cutShort(picked: Picked, reason: string): string {
  return `${describePlace(picked)} broke off in the middle of its answer: ${reason}`;
}

/**
 * What a client is told when an endpoint was sent its request and took too long.
 * @param limit in milliseconds.
 */
export function overdue(picked: Picked, limit: number): Refusal {
  return refusal(504, "timeout", `${describePlace(picked)} did not answer within ${limit} ms`);
}

/** What a client is told whose request stood still. @param picked who didn't take it; absent: who sent it. */
export function stoodStill(picked: Picked | undefined, limit: number): Refusal {
  return picked === undefined
    ? refusal(408, "timeout", `nothing of the request came for ${limit} ms`)
    : refusal(
        504,
        "timeout",
        `${describePlace(picked)} took nothing of the request for ${limit} ms`,
      );
}
