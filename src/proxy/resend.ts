/** Methods whose effect is the same however often they are done (RFC 9110 section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** A request whose connection ended before the answer began. */
export interface BrokenOff {
  readonly method: string;
  /** The connection had carried requests before: the endpoint may have closed it before this one came. */
  readonly reused: boolean;
  /** A byte of an answer came, if only an interim one. */
  readonly answered: boolean;
  /** The whole body, as far as it was read, can be sent again. */
  readonly replayable: boolean;
  /** It was sent again once already. */
  readonly resent: boolean;
  readonly strict: boolean;
}

/**
 * Whether a request that the endpoint may have acted on is sent again (P.10): once, when a kept connection
 * died under it, and only if doing it twice does no harm.
 */
export function mayResend(request: BrokenOff): boolean {
  return (
    request.reused &&
    !request.answered &&
    request.replayable &&
    !request.resent &&
    !request.strict &&
    IDEMPOTENT.has(request.method)
  );
}
