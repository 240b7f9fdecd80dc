import type { Picked } from "../balancer/choice.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { describePlace } from "./upstream.ts";

/** What a client is told when an endpoint was sent its request and broke off before it answered. */
export function brokenOff(picked: Picked, reason: string | undefined): Refusal {
  const failure = `${describePlace(picked)} failed before it answered`;
  return refusal(502, "upstream-failed", reason === undefined ? failure : `${failure}: ${reason}`);
}

/**
 * What a client is told when an endpoint was sent its request and took too long.
 * @param limit in milliseconds.
 */
export function overdue(picked: Picked, limit: number): Refusal {
  return refusal(504, "timeout", `${describePlace(picked)} did not answer within ${limit} ms`);
}
