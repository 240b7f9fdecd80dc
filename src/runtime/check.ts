import { connect, type Socket } from "node:net";
import type { LocalAddress } from "../proxy/local-address.ts";

/** The result of one probe. */
export type CheckResult =
  | { readonly ok: true; readonly address?: LocalAddress }
  | {
      readonly ok: false;
      /** `connection refused on 8080`: for conditions, and for clients of a Service without ready pods. */
      readonly message: string;
      readonly refused?: boolean;
      /** The probe could not be run at all: its command does not exist on this machine. */
      readonly unavailable?: boolean;
    };

/** Runs one probe. It ends soon after the signal aborts; what it returns then is ignored. */
export type Check = (signal: AbortSignal) => Promise<CheckResult>;

/** The address that is probed, and its name in messages. */
export interface CheckTarget {
  /** Tried in order; the first that accepts is used. */
  readonly addresses: readonly LocalAddress[];
  /** `8080`, `8080 (127.0.0.1:20123)` */
  readonly label: string;
  /** Absent: with an ordinary TCP connect. */
  readonly dial?: ((host: string, port: number) => Socket) | undefined;
}

/** Connects to an address of a target. */
export function dialTarget({ dial }: CheckTarget, { host, port }: LocalAddress): Socket {
  return dial?.(host, port) ?? connect({ host, port });
}

/** Succeeds when a TCP connection can be made. */
export function tcpCheck(target: CheckTarget): Check {
  const { addresses, label } = target;
  return async (signal) => {
    let failure: NodeJS.ErrnoException | undefined;
    for (const address of addresses) {
      const error = await tryConnect(target, address, signal);
      if (error === undefined) return { ok: true, address };
      failure ??= error;
    }
    return connectFailure(failure, label);
  };
}

/** Describes why a connection failed. */
export function connectFailure(
  error: NodeJS.ErrnoException | undefined,
  label: string,
): CheckResult & { ok: false } {
  switch (error?.code) {
    case "ECONNREFUSED":
      return { ok: false, message: `connection refused on ${label}`, refused: true };
    case "ECONNRESET":
      return { ok: false, message: `connection reset on ${label}` };
    case "ETIMEDOUT":
      return { ok: false, message: `no connection on ${label}` };
    default:
      return { ok: false, message: `${error?.message ?? "no address to connect to"} on ${label}` };
  }
}

function tryConnect(
  target: CheckTarget,
  address: LocalAddress,
  signal: AbortSignal,
): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(timeout());
    const socket = dialTarget(target, address);
    const finish = (error?: NodeJS.ErrnoException): void => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(error);
    };
    const onAbort = (): void => finish(timeout());
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => finish());
    socket.once("error", finish);
  });
}

function timeout(): NodeJS.ErrnoException {
  return Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" });
}
