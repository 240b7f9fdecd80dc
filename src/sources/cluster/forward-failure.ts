import { NotReachedError } from "../../proxy/not-reached.ts";

/** What container runtimes say of a port that they could not connect to: containerd, CRI-O, socat's users, our API. */
const NOT_CONNECTED = /connection refused|(?:failed|unable) to connect/i;

/** What a kubelet's words about a connection to a port mean. */
export interface ForwardFailure {
  readonly error: Error;
  /** The Pod is there, and nobody listens on the port. */
  readonly isRefusal: boolean;
}

/** @param hasAnswered the port has sent something, so that it was reached */
export function forwardFailure(message: string, hasAnswered: boolean): ForwardFailure {
  const isRefusal = NOT_CONNECTED.test(message);
  const error = isRefusal && !hasAnswered ? new NotReachedError(message) : new Error(message);
  return { error, isRefusal };
}
