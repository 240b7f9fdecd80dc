import { type Backend, backendId } from "../balancer/backend.ts";
import type { Balancer } from "../balancer/balancer.ts";
import type { Picked } from "../balancer/choice.ts";
import type { Dial } from "./dial.ts";
import type { Dialer } from "./dialer.ts";
import { mayHaveMoved } from "./direct-dialer.ts";
import type { Connected } from "./transport/connect.ts";

/** How endpoints are tried. */
export interface DialPolicy {
  readonly balancer: Balancer;
  readonly dialer: Dialer;
  /** Milliseconds for one attempt to connect. */
  readonly connectTimeout: number;
  /** kube-proxy's way: one choice, even if it fails (P.3). */
  readonly strict: boolean;
}

/**
 * Connects to one endpoint, within the policy's time limit.
 * @param callback called once, never before this returns; with an error when it fails.
 * @returns a function that cancels; the callback isn't called afterwards.
 */
export function connectTo<C>(
  { dialer, connectTimeout }: Pick<DialPolicy, "dialer" | "connectTimeout">,
  backend: Backend,
  open: Dial<C>,
  callback: Connected<C>,
): () => void {
  const late = () => {
    giveUp();
    callback(new Error(`no connection within ${connectTimeout} ms`));
  };
  const timer = setTimeout(late, connectTimeout);
  let giveUp = dial(true);
  return () => {
    clearTimeout(timer);
    giveUp();
  };

  function dial(redials: boolean): () => void {
    return open(dialer, backend, redials, (result) => {
      if (redials && result instanceof Error && mayHaveMoved(result)) {
        giveUp = dial(false);
        return;
      }
      clearTimeout(timer);
      callback(result);
    });
  }
}

/**
 * For how many milliseconds after the first failure other endpoints are tried: long enough for a second one that
 * doesn't answer at all; refusals take no time.
 */
export function patience(connectTimeout: number): number {
  return 2 * connectTimeout;
}

export function describeFailure(picked: Picked, error: Error): string {
  return `cannot connect to ${describePlace(picked)}: ${messageOf(error)}`;
}

/** `web-1 (10.244.0.5:8080)` */
export function describePlace({ address, port, endpoint }: Picked): string {
  const name = endpoint.targetRef?.name;
  const where = backendId(address, port);
  return name === undefined ? where : `${name} (${where})`;
}

function messageOf(error: Error & { code?: string }): string {
  if (error.code === "ECONNREFUSED") return "connection refused";
  return error.message === "" ? (error.code ?? error.name) : error.message;
}
