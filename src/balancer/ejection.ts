import type { Backend } from "./backend.ts";
import type { EndpointLoad } from "./endpoint-load.ts";

/** Connect failures in a row before an endpoint is left out (P.10). */
export const FAILURES_TO_EJECT = 5;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

/** @returns whether this failure ejected it. */
export function noteFailure(load: EndpointLoad, now: number): boolean {
  load.failures++;
  if (load.failures < FAILURES_TO_EJECT) return false;
  load.failures = 0;
  load.ejectedUntil = now + Math.min(FIRST_BACKOFF_MS * 2 ** load.ejections, MAX_BACKOFF_MS);
  load.ejections++;
  return true;
}

export function noteSuccess(load: EndpointLoad): void {
  load.failures = 0;
  load.ejections = 0;
  load.ejectedUntil = 0;
}

/** The endpoints that are not ejected; all of them when each is, as a bad choice beats none. */
export function withoutEjected(backends: readonly Backend[], now: number): readonly Backend[] {
  let some = false;
  for (const { load } of backends) some ||= load.ejectedUntil > now;
  if (!some) return backends;
  const rest = backends.filter((backend) => backend.load.ejectedUntil <= now);
  return rest.length === 0 ? backends : rest;
}
