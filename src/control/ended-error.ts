/** The engine that a request was made of ended before it had answered. */
export class EngineEndedError extends Error {
  override readonly name = "EngineEndedError";
  readonly code = "engine-ended";

  constructor(cause?: unknown) {
    super("the running `up` is ending, and answers no more", { cause });
  }
}

/** What a request meets when the other side of its socket is gone, or goes. */
const GONE = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE"]);

/** The error itself, or in place of one that only says so in the system's words, that the engine has ended. */
export function whyUnanswered(error: NodeJS.ErrnoException): Error {
  return GONE.has(error.code ?? "") ? new EngineEndedError(error) : error;
}
