/**
 * A connection that was told to be there had not reached the endpoint after all, so nothing that was sent on it has
 * arrived: it may be sent again elsewhere, whatever it is.
 */
export class NotReachedError extends Error {
  override readonly name = "NotReachedError";
  readonly code = "not-reached";
}
