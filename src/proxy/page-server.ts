import { createServer, type RequestListener } from "node:http";
import type { Socket } from "node:net";
import type { Balancer } from "../balancer/balancer.ts";
import type { Dial } from "./dial.ts";
import type { Outbound } from "./exchange/outbound.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { Http1Outbound } from "./outbound/http1/http1-outbound.ts";
import type { RoutedRequest } from "./request-target.ts";
import type { Connection } from "./transport/connection.ts";
import { SocketConnection } from "./transport/socket-connection.ts";
import { socketPair } from "./transport/socket-pair.ts";

/**
 * Answers requests for the gateway itself within this process. They go through the same exchanges as those for pods,
 * so that streaming, back-pressure and HTTP/2 are implemented once; they don't count as traffic.
 */
export class PageServer {
  readonly #server;
  readonly #outbound: Http1Outbound;
  readonly #balancer: Balancer;

  constructor(listener: RequestListener, context: GatewayContext) {
    this.#server = createServer(listener);
    this.#balancer = context.balancer;
    this.#outbound = new Http1Outbound(context, context.limits, this.#dial);
  }

  /** @param path in origin form. */
  request(path: string, host: string): RoutedRequest {
    const port = this.#balancer.portOfPod(ITSELF, "0.0.0.0", 80);
    return { route: { port }, path, host, within: this.#outbound as Outbound };
  }

  sweep(now: number): void {
    this.#outbound.sweep(now);
  }

  close(): void {
    this.#outbound.close();
    this.#server.closeAllConnections();
  }

  readonly #dial: Dial<Connection> = (_dialer, _target, _redials, callback) => {
    const [near, far] = socketPair();
    let over = false;
    process.nextTick(() => {
      if (over) return;
      this.#server.emit("connection", far);
      callback(new SocketConnection(near as unknown as Socket));
    });
    return () => {
      over = true;
    };
  };
}

/** An exchange needs an endpoint; this one stands for the gateway. */
const ITSELF = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "", name: "gateway" },
  spec: { containers: [] },
} as const;
