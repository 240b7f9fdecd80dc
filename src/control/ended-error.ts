/** The engine ended before it answered a request. */
export class EngineEndedError extends Error {
  override readonly name = "EngineEndedError";
  readonly code = "engine-ended";

  constructor(cause?: unknown) {
    super("the running `up` is ending, and answers no more", { cause });
  }
}

/** Errors of a socket whose other side is gone. */
const GONE = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE"]);

/** The error itself, or an EngineEndedError in place of the system's error that means it. */
export function whyUnanswered(error: NodeJS.ErrnoException): Error {
  return GONE.has(error.code ?? "") ? new EngineEndedError(error) : error;
}
