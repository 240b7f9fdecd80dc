import type { Backend } from "../../balancer/backend.ts";
import type { DialPolicy } from "../upstream.ts";
import { UpstreamConnection } from "./upstream-connection.ts";

/** How long an idle connection is trusted when the endpoint doesn't say: less than the 5 s of Node's servers. */
const DEFAULT_IDLE_MS = 4_000;
const LONGEST_IDLE_MS = 60_000;
/** Time left of what the endpoint promised below which a connection isn't used: closing takes a while to get here. */
const MARGIN_MS = 1_000;
const MAX_IDLE = 512;

type HeadLimits = { readonly headBytes: number; readonly headerLines: number };

/** Keep-alive connections to one endpoint, the one used last first. */
export class UpstreamPool {
  readonly backend: Backend;
  readonly #policy: DialPolicy;
  readonly #limits: HeadLimits;
  #idle: UpstreamConnection[] = [];
  #closed = false;

  constructor(backend: Backend, policy: DialPolicy, limits: HeadLimits) {
    this.backend = backend;
    this.#policy = policy;
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#idle.length === 0;
  }

  /** An idle connection, if there is one that can be trusted. */
  take(now: number): UpstreamConnection | undefined {
    for (let next = this.#idle.pop(); next !== undefined; next = this.#idle.pop()) {
      if (next.usable && now < expiry(next)) return next;
      next.destroy();
    }
    return undefined;
  }

  put(connection: UpstreamConnection): void {
    if (this.#closed || this.#idle.length >= MAX_IDLE) {
      connection.destroy();
      return;
    }
    connection.idleSince = Date.now();
    this.#idle.push(connection);
    if (connection.socket.isPaused()) connection.socket.resume();
  }

  forget(connection: UpstreamConnection): void {
    const at = this.#idle.lastIndexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** A new connection; the callback gets an error when there can't be one. @returns a function that gives up. */
  connect(callback: (result: UpstreamConnection | Error) => void): () => void {
    const socket = this.#policy.dialer.dial(this.backend, { flowing: true });
    const timeout = this.#policy.connectTimeout;
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${timeout} ms`)),
      timeout,
    );
    let over = false;
    const failed = (error: Error) => {
      clearTimeout(timer);
      if (!over) callback(error);
      over = true;
    };
    socket.on("error", failed);
    socket.once("connect", () => {
      clearTimeout(timer);
      if (over) return;
      over = true;
      socket.removeListener("error", failed);
      callback(new UpstreamConnection(socket, this, this.#limits));
    });
    return () => {
      over = true;
      clearTimeout(timer);
      socket.destroy();
    };
  }

  /** Closes what was idle for too long. */
  sweep(now: number): void {
    const expired = this.#idle.filter((connection) => now >= expiry(connection));
    for (const connection of expired) connection.destroy();
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#idle]) connection.destroy();
    this.#idle = [];
  }
}

function expiry(connection: UpstreamConnection): number {
  const { idleSince, keepAlive } = connection;
  const trusted =
    keepAlive === undefined
      ? DEFAULT_IDLE_MS
      : Math.min(Math.max(keepAlive - MARGIN_MS, keepAlive / 2), LONGEST_IDLE_MS);
  return idleSince + trusted;
}
