import type { Picked } from "../../balancer/choice.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { describePlace } from "../upstream.ts";

/** The answer to a client whose request was sent to an endpoint that broke off before it answered. */
export function brokenOff(picked: Picked, reason: string): Refusal {
  const why = `${describePlace(picked)} failed before it answered: ${reason}`;
  return refusal(502, "upstream-failed", why);
}

/** Why an answer ends in its middle. */
export function cutShort(picked: Picked, reason: string): string {
  return `${describePlace(picked)} broke off in the middle of its answer: ${reason}`;
}

/**
 * The answer to a client whose request was sent to an endpoint that took too long.
 * @param limit in milliseconds.
 */
export function overdue(picked: Picked, limit: number): Refusal {
  return refusal(504, "timeout", `${describePlace(picked)} did not answer within ${limit} ms`);
}

/**
 * The answer to a client whose request stopped moving.
 * @param picked the endpoint that stopped reading; absent when the client stopped sending.
 */
export function stoodStill(picked: Picked | undefined, limit: number): Refusal {
  return picked === undefined
    ? refusal(408, "timeout", `nothing of the request came for ${limit} ms`)
    : refusal(
        504,
        "timeout",
        `${describePlace(picked)} took nothing of the request for ${limit} ms`,
      );
}
