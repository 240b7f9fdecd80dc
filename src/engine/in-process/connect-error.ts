import { constants } from "node:os";

/** How a connection that can't be made fails, in the codes that programs look for. */
export type FailureCode = "ENOTFOUND" | "ECONNREFUSED" | "ETIMEDOUT";

/** A connection to a Service name that leads nowhere. */
export interface Failure {
  readonly kind: "failure";
  readonly code: FailureCode;
  /** Why, for a person. */
  readonly reason: string;
}

export function failure(code: FailureCode, reason: string): Failure {
  return { kind: "failure", code, reason };
}

/** libuv's number for a name that does not resolve; no system has one. */
const EAI_NONAME = -3008;

/**
 * The error that the system would give: same code, number and fields, and nobody has to know that we exist.
 * Its `cause` says why.
 */
export function connectError(
  { code, reason }: Failure,
  host: string,
  port: number | undefined,
): NodeJS.ErrnoException {
  const cause = new ServiceUnreachable(reason);
  if (code === "ENOTFOUND") {
    const error = new Error(`getaddrinfo ENOTFOUND ${host}`, { cause });
    return Object.assign(error, {
      errno: EAI_NONAME,
      code,
      syscall: "getaddrinfo",
      hostname: host,
    });
  }
  const error = new Error(`connect ${code} ${host}:${port}`, { cause });
  const errno = -constants.errno[code];
  return Object.assign(error, { errno, code, syscall: "connect", address: host, port });
}

/** Why a Service can't be reached: the `cause` of connection errors. */
export class ServiceUnreachable extends Error {
  override readonly name = "ServiceUnreachable";
  readonly code = "service-unreachable";
}
