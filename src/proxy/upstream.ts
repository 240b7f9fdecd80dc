import type { Socket } from "node:net";
import { type Backend, backendId } from "../balancer/backend.ts";
import type { Balancer } from "../balancer/balancer.ts";
import type { Client, Picked } from "../balancer/choice.ts";
import type { Dialer, DialOptions } from "./dialer.ts";
import { mayHaveMoved } from "./direct-dialer.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { Route } from "./router.ts";

/** How endpoints are tried. */
export interface DialPolicy {
  readonly balancer: Balancer;
  readonly dialer: Dialer;
  /** Milliseconds for one connection. */
  readonly connectTimeout: number;
  /** kube-proxy's way: one choice, and what comes of it (P.3). */
  readonly strict: boolean;
}

export interface Upstream {
  readonly socket: Socket;
  readonly picked: Picked;
  /** Endpoints tried, this one included. */
  readonly attempts: number;
}

/**
 * Chooses an endpoint and connects to it; one that cannot be connected to is passed over for another.
 * @returns a function that gives up; the callback isn't called after it.
 */
export function openUpstream(
  policy: DialPolicy,
  route: Route,
  client: Client,
  options: DialOptions,
  callback: (result: Upstream | Refusal) => void,
): () => void {
  const { balancer, dialer } = policy;
  const tried = new Set<Backend>();
  let current: Socket | undefined;
  let over = false;
  /** When the first one failed. */
  let failing = 0;
  attempt("");
  return () => {
    over = true;
    current?.destroy();
  };

  function attempt(lastFailure: string): void {
    const picked = balancer.pick(route.port, {
      ...client,
      strict: policy.strict,
      hostname: route.hostname,
      exclude: tried,
    });
    if (picked.outcome !== "endpoint") {
      const why =
        lastFailure === ""
          ? refusal(503, "no-endpoint", picked.reason)
          : refusal(502, "connect-failed", lastFailure);
      // Never before this function has returned.
      process.nextTick(() => over || callback(why));
      return;
    }
    tried.add(picked.backend);
    dial(picked, { ...options, redials: true });
  }

  function dial(picked: Picked, how: DialOptions): void {
    const { backend } = picked;
    const socket = dialer.dial(backend, how);
    current = socket;
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${policy.connectTimeout} ms`)),
      policy.connectTimeout,
    );
    socket.once("error", failed);
    socket.once("connect", connected);

    function connected(): void {
      clearTimeout(timer);
      socket.removeListener("error", failed);
      if (over) return void socket.destroy();
      balancer.connected(backend);
      callback({ socket, picked, attempts: tried.size });
    }

    function failed(error: Error): void {
      clearTimeout(timer);
      socket.removeListener("connect", connected);
      socket.on("error", () => {});
      if (over) return;
      if (how.redials === true && mayHaveMoved(error)) {
        dial(picked, options);
        return;
      }
      if (!policy.strict) balancer.connectFailed(route.port, backend);
      const failure = describeFailure(picked, error);
      failing ||= performance.now();
      const late = performance.now() - failing >= patience(policy.connectTimeout);
      if (policy.strict || late) {
        callback(refusal(502, "connect-failed", failure));
      } else {
        attempt(failure);
      }
    }
  }
}

/**
 * For how long after the first failure another endpoint is tried, in milliseconds: long enough for a second
 * one that doesn't answer at all; refusals take no time.
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
