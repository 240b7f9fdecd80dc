import type { Engine } from "../../exchange/engine.ts";
import { type Front, type Idle, idler } from "../../gateway-context.ts";
import { Roster } from "../../transport/roster.ts";
import { ClientConnection } from "./client-connection.ts";

/** HTTP/1.1 from clients: read strictly, one request after the other on each connection. */
export function http1Front(engine: Engine): Front {
  const connections = new Roster<ClientConnection>();
  const forget = (connection: ClientConnection) => {
    connections.delete(connection);
  };
  engine.onTick.push((now) => {
    for (const connection of connections) connection.checkDeadline(now);
  });
  return {
    serve(client, first) {
      const connection = new ClientConnection(client, engine, forget);
      connections.add(connection);
      if (first.length > 0) connection.received(first, first.length);
    },
    idlest() {
      let found: Idle | undefined;
      for (const connection of connections) found = idler(found, connection.idle);
      return found;
    },
    drain() {
      for (const connection of connections) connection.drain();
    },
  };
}
