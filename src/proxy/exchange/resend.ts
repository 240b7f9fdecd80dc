/** Methods whose effect is the same however often they are done (RFC 9110 section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** How often a request is resent that pods claim not to have processed; they could claim it for ever. */
const MOST_UNTOUCHED = 5;

/** A request that was sent to an endpoint, and how it ended. */
export interface BrokenOff {
  readonly method: string;
  /**
   * Nothing of it was processed: the endpoint says so (REFUSED_STREAM, or a GOAWAY with a lower stream id), or was never
   * reached.
   */
  readonly untouched: boolean;
  /** The connection had carried requests before: the endpoint may have closed it before this one came. */
  readonly reused: boolean;
  /** An answer had begun, even if only with an interim one. */
  readonly answered: boolean;
  /** The whole body, as far as it was read, can be sent again. */
  readonly replayable: boolean;
  /** How often it was resent already. */
  readonly resent: number;
  readonly strict: boolean;
}

/**
 * What may be sent again, and when (P.10). A request that could not be sent, as there was no connection, is no
 * case of this: the next endpoint has it.
 *
 * | what happened | methods | how often |
 * |---|---|---|
 * | the endpoint says it did nothing | all | five times |
 * | a kept connection ended before the answer began | idempotent | once |
 * | a new connection ended, or the answer had begun | none | never |
 */
export function mayResend(request: BrokenOff): boolean {
  if (request.strict || request.answered || !request.replayable) return false;
  if (request.untouched) return request.resent < MOST_UNTOUCHED;
  return request.reused && request.resent === 0 && isIdempotent(request.method);
}

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}
