import { once } from "node:events";
import http from "node:http";
import net from "node:net";

/** A server for upgraded connections, and those that it has had. */
export function upgrading(serve: (req: http.IncomingMessage, socket: net.Socket) => void) {
  const server = http.createServer();
  const sockets: net.Socket[] = [];
  server.on("upgrade", (req, socket: net.Socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    serve(req, socket);
  });
  return { server, sockets };
}

/** An upgraded connection to such a server, once the pod has answered. */
export async function upgrade(port: number): Promise<net.Socket> {
  const client = net.connect({ host: "127.0.0.1", port });
  client.on("error", () => {});
  client.write(
    "GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\n\r\n",
  );
  await once(client, "data");
  return client;
}

/** Breaks off the first connection at its client and a second one at the pod, and waits for the other side of each. */
export async function breakOff(
  port: number,
  client: net.Socket,
  sockets: readonly net.Socket[],
): Promise<void> {
  const podClosed = new Promise((resolve) => sockets[0]?.once("close", resolve));
  client.resetAndDestroy();
  await podClosed;
  const second = await upgrade(port);
  const clientClosed = new Promise((resolve) => second.once("close", resolve));
  sockets[1]?.resetAndDestroy();
  await clientClosed;
}
