import { refusalAnswer } from "../../refusal-answer.ts";
import type { RoutedRequest } from "../../request-target.ts";
import { SocketConnection } from "../../transport/socket-connection.ts";
import { tunnel } from "../../tunnel.ts";
import type { ClientConnection } from "./client-connection.ts";
import { LINGER_MS } from "./deadline.ts";

/** CONNECT: from the answer on, the connection is a tunnel (RFC 9110 section 9.3.6). */
export function openTunnel(connection: ClientConnection, { route, host }: RoutedRequest): void {
  const { socket, address, client } = connection;
  const { context } = connection.engine;
  const ahead = connection.takeAhead();
  connection.handOver();
  socket.pause();
  tunnel(new SocketConnection(socket), context, {
    route,
    client,
    about: { kind: "tunnel", protocol: "CONNECT", client: address, method: "CONNECT", host },
    ready(upstream) {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (ahead !== undefined) upstream.write(ahead);
    },
    refused(why) {
      socket.resume();
      socket.setTimeout(LINGER_MS, () => socket.destroy());
      socket.end(refusalAnswer(why, { method: "CONNECT" }, true));
    },
    onTraffic: context.onTraffic,
    idleTime: context.limits.streamIdleTime,
  });
}
