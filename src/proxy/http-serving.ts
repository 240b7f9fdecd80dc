import type { Server } from "node:net";
import type { ListenAddress } from "../net/listen-address.ts";
import { Engine } from "./exchange/engine.ts";
import { type GatewayContext, type Idle, idler } from "./gateway-context.ts";
import { http1Front } from "./inbound/http1/http1-front.ts";
import { http2Front } from "./inbound/http2/http2-front.ts";
import { recognizer } from "./recognize.ts";
import { AcceptedConnections, acceptConnections } from "./transport/accept.ts";
import type { Connection } from "./transport/connection.ts";

/** Serves HTTP/1.1, HTTP/2 and SOCKS5 on connections, wherever they come from. */
export class HttpServing {
  readonly #context: GatewayContext;
  readonly #engine: Engine;
  readonly #fronts;
  readonly #recognize: (client: Connection) => void;
  readonly #clients = new AcceptedConnections();

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#engine = new Engine(context);
    this.#fronts = { http1: http1Front(this.#engine), http2: http2Front(this.#engine) };
    this.#recognize = recognizer(this.#fronts, this.#engine);
  }

  /** Where it listens, once it does. */
  set address({ host, port }: ListenAddress) {
    this.#engine.host = host;
    this.#engine.port = port;
  }

  /** Serves the connections of a server that is about to listen. */
  accept(server: Server): void {
    acceptConnections(server, {
      clients: this.#clients,
      onError: this.#context.onError,
      onConnection: (client) => this.#admit(client),
    });
  }

  /** Serves a connection that was accepted elsewhere. @returns what to call when it is closed */
  take(client: Connection): () => void {
    this.#clients.add(client);
    this.#admit(client);
    return () => this.#clients.delete(client);
  }

  #admit(client: Connection): void {
    if (this.#clients.size > this.#context.limits.connections) {
      const idle = this.#idlest(client);
      if (idle === undefined) {
        client.close();
        return;
      }
      idle.close();
    }
    this.#recognize(client);
  }

  /**
   * At the limit the connection that was idle longest is closed, so that idle connections can't keep new clients out.
   */
  #idlest(newcomer: Connection): Idle | undefined {
    let found = idler(this.#fronts.http1.idlest(), this.#fronts.http2.idlest());
    for (const client of this.#clients) {
      if (client === newcomer || client.bytesRead > 0 || !client.isWritable) continue;
      found = idler(found, { since: client.since, close: () => client.close() });
    }
    return found;
  }

  /** Lets requests in progress end, and closes idle connections. */
  drain(): void {
    this.#engine.draining = true;
    this.#fronts.http1.drain();
    this.#fronts.http2.drain();
    for (const client of this.#clients) if (client.bytesRead === 0) client.end();
  }

  /** Resolves when all connections are closed. @param grace milliseconds after which what is left is cut off */
  async close(grace: number): Promise<void> {
    this.drain();
    const timer = setTimeout(() => this.#clients.closeAll(), grace);
    await this.#clients.none();
    clearTimeout(timer);
    this.#fronts.http2.close?.();
    this.#engine.close();
  }
}
