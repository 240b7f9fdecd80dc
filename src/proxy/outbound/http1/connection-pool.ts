import type { Backend } from "../../../balancer/backend.ts";
import { type Dial, dialConnection } from "../../dial.ts";
import type { Limits } from "../../limits.ts";
import type { Connection } from "../../transport/connection.ts";
import { connectTo, type DialPolicy } from "../../upstream.ts";
import { Http1Carrier, type IdlePlace } from "./http1-carrier.ts";

/**
 * How long an idle connection is used again when the endpoint doesn't state its own time: less than the 5 s of Node's
 * servers.
 */
const DEFAULT_IDLE_MS = 4_000;
/** The same for a request that can't be repeated if the connection turns out to be closed. */
const UNREPEATABLE_IDLE_MS = 1_000;
const LONGEST_IDLE_MS = 60_000;
/** A connection isn't used in the last second of the time that the endpoint promised: its close may be on the way. */
const MARGIN_MS = 1_000;
/** A connection that was closed sooner than that was not closed for being idle. */
const SHORTEST_IDLE_MS = 300;
/** How long the observed idle time-out of an endpoint is remembered. */
const REMEMBERED_MS = 300_000;
const MAX_IDLE = 512;

/** Keep-alive connections to one endpoint; the most recently used is taken first. */
export class ConnectionPool implements IdlePlace {
  readonly backend: Backend;
  readonly #policy: DialPolicy;
  readonly #limits: Limits;
  readonly #dial: Dial<Connection>;
  #idle: Http1Carrier[] = [];
  #isClosed = false;
  /** The shortest idle time after which the endpoint closed a connection, and when that was. */
  #closesAfter: number | undefined;
  #closedAt = 0;

  constructor(
    backend: Backend,
    policy: DialPolicy,
    limits: Limits,
    dial: Dial<Connection> = dialConnection,
  ) {
    this.backend = backend;
    this.#policy = policy;
    this.#limits = limits;
    this.#dial = dial;
  }

  /** It holds neither connections nor knowledge of the endpoint. */
  get isEmpty(): boolean {
    return this.#idle.length === 0 && this.#closesAfter === undefined;
  }

  /** An idle connection that can still be trusted. @param repeatable see `Outbound.open`. */
  take(now: number, repeatable: boolean): Http1Carrier | undefined {
    for (let next = this.#idle.pop(); next !== undefined; next = this.#idle.pop()) {
      if (next.isUsable && now < this.#expiry(next)) {
        if (repeatable || now < this.#expiry(next, UNREPEATABLE_IDLE_MS)) return next;
        // The others have been idle even longer.
        this.#idle.push(next);
        return undefined;
      }
      next.destroy();
    }
    return undefined;
  }

  put(connection: Http1Carrier): void {
    if (this.#isClosed || this.#idle.length >= MAX_IDLE) {
      connection.destroy();
      return;
    }
    connection.idleSince = Date.now();
    this.#idle.push(connection);
  }

  /** A connection was closed. @param byEndpoint by the other side. */
  forget(connection: Http1Carrier, byEndpoint: boolean): void {
    const at = this.#idle.lastIndexOf(connection);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    const idle = Date.now() - connection.idleSince;
    if (byEndpoint && idle >= SHORTEST_IDLE_MS) {
      this.#closesAfter = Math.min(this.#closesAfter ?? idle, idle);
      this.#closedAt = Date.now();
    }
  }

  /** Opens a new connection; the callback gets an error when that fails. @returns a function that cancels it. */
  connect(callback: (result: Http1Carrier | Error) => void): () => void {
    return connectTo(this.#policy, this.backend, this.#dial, (result) =>
      callback(result instanceof Error ? result : new Http1Carrier(result, this, this.#limits)),
    );
  }

  /** Closes what was idle for too long. */
  sweep(now: number): void {
    if (now - this.#closedAt > REMEMBERED_MS) this.#closesAfter = undefined;
    const expired = this.#idle.filter((connection) => now >= this.#expiry(connection));
    for (const connection of expired) connection.destroy();
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#idle]) connection.destroy();
    this.#idle = [];
  }

  /**
   * Until when an idle connection is trusted.
   * @param unknown milliseconds, where the endpoint's own time-out is not known.
   */
  #expiry({ idleSince, keepAlive }: Http1Carrier, unknown = DEFAULT_IDLE_MS): number {
    const kept = keepAlive ?? this.#closesAfter;
    if (kept === undefined) return idleSince + unknown;
    return idleSince + Math.min(Math.max(kept - MARGIN_MS, kept / 2), LONGEST_IDLE_MS);
  }
}
