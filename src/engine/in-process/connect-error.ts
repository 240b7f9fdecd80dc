import { constants } from "node:os";

/** Errors of connecting, with the codes that programs look for. */
export type FailureCode = "ENOTFOUND" | "ECONNREFUSED" | "ETIMEDOUT";

/** A connection to a Service name without a usable endpoint. */
export interface Failure {
  readonly kind: "failure";
  readonly code: FailureCode;
  /** Why, for people. */
  readonly reason: string;
}

export function failure(code: FailureCode, reason: string): Failure {
  return { kind: "failure", code, reason };
}

/** libuv's own number for a name that does not resolve. */
const EAI_NONAME = -3008;

/**
 * An error like the system's, with the same code, number and fields, so that programs handle it as usual. Its `cause`
 * says why.
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
