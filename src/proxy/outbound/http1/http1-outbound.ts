import type { Backend } from "../../../balancer/backend.ts";
import type { EndpointLoad } from "../../../balancer/endpoint-load.ts";
import { type Dial, dialConnection } from "../../dial.ts";
import type { Carrier, Outbound } from "../../exchange/outbound.ts";
import type { Limits } from "../../limits.ts";
import type { Connection } from "../../transport/connection.ts";
import type { DialPolicy } from "../../upstream.ts";
import { ConnectionPool } from "./connection-pool.ts";

/** Pods that speak HTTP/1.1, over keep-alive connections. */
export class Http1Outbound implements Outbound {
  readonly takesChunks = true;
  readonly paced = true;
  readonly #policy: DialPolicy;
  readonly #limits: Limits;
  readonly #dial: Dial<Connection>;
  readonly #pools = new Map<EndpointLoad, ConnectionPool>();

  constructor(policy: DialPolicy, limits: Limits, dial: Dial<Connection> = dialConnection) {
    this.#policy = policy;
    this.#limits = limits;
    this.#dial = dial;
  }

  open(
    backend: Backend,
    how: { readonly fresh: boolean; readonly repeatable: boolean },
    callback: (result: Carrier | Error) => void,
  ): () => void {
    let pool = this.#pools.get(backend.load);
    if (pool === undefined) {
      pool = new ConnectionPool(backend, this.#policy, this.#limits, this.#dial);
      this.#pools.set(backend.load, pool);
    }
    const kept = how.fresh ? undefined : pool.take(Date.now(), how.repeatable);
    if (kept === undefined) return pool.connect(callback);
    callback(kept);
    return () => {};
  }

  sweep(now: number): void {
    for (const [load, pool] of this.#pools) {
      pool.sweep(now);
      // An empty pool is removed; it is made again when needed.
      if (pool.isEmpty && load.active === 0) this.#pools.delete(load);
    }
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close();
    this.#pools.clear();
  }
}
