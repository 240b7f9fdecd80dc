import type { Socket } from "node:net";
import type { Forwarder, ForwarderContext } from "../forwarder.ts";
import { ClientConnection } from "./client-connection.ts";
import { Http1Engine } from "./engine.ts";

/** How often time limits are looked at: one clock for all connections instead of a timer for each request. */
const TICK_MS = 250;

/** The engine made for this: a strict relay of HTTP/1.1 on plain sockets. */
export function http1Forwarder(context: ForwarderContext): Forwarder {
  const engine = new Http1Engine(context);
  const connections = new Set<ClientConnection>();
  const forget = (connection: ClientConnection) => {
    connections.delete(connection);
  };
  const clock = setInterval(() => {
    const now = Date.now();
    for (const connection of connections) connection.checkDeadline(now);
    engine.sweep(now);
  }, TICK_MS);
  clock.unref();

  return {
    serve(client: Socket, first: Buffer) {
      const connection = new ClientConnection(client, engine, forget);
      connections.add(connection);
      if (first.length > 0) connection.read(first);
    },
    drain() {
      engine.draining = true;
      for (const connection of connections) connection.drain();
    },
    close() {
      clearInterval(clock);
      engine.close();
    },
  };
}
