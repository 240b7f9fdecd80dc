import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { listening } from "./listen-tcp.ts";
import { splice } from "./splice.ts";
import { AcceptedConnections, acceptConnections } from "./transport/accept.ts";
import { connectSocket } from "./transport/connect.ts";
import type { Connection } from "./transport/connection.ts";
import { SocketConnection } from "./transport/socket-connection.ts";

/** Never another address: what is exposed is for this machine alone. */
const HOST = "127.0.0.1";

/** A port of this machine's loopback address that leads to one place. */
export interface ExposedPort {
  readonly port: number;
  /** Stops listening, and cuts off what is open: what it led to is gone. */
  close(): Promise<void>;
}

/**
 * @param dial begins a connection to the place
 * @throws the system's error when the port can't be had
 */
export async function exposePort(
  port: number,
  dial: () => Socket,
  onError: (error: Error) => void,
): Promise<ExposedPort> {
  const clients = new AcceptedConnections();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const onConnection = (client: Connection) => {
    connectSocket(dial(), (result) => {
      // What a refused client would see, as far as an accepted connection can show it.
      if (result instanceof Error) client.reset();
      else splice(client, new SocketConnection(result), () => {});
    });
  };
  acceptConnections(server, { clients, onConnection, onError });
  await listening(server, HOST, port);
  server.on("error", onError);
  return {
    port,
    async close() {
      const closed = once(server, "close");
      server.close();
      clients.closeAll();
      await closed;
    },
  };
}
