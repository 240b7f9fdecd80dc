import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { badRequest } from "../status.ts";
import { bytesOf } from "./channels.ts";
import type { ConnectToPort } from "./port-forward.ts";

/** More than a client names at once. */
const MAX_PORTS = 64;

/**
 * The ports that a client names in the query; with SPDY it names them as it goes.
 * @throws StatusError
 */
export function portsOf(query: URLSearchParams): number[] {
  const ports = query.getAll("ports").flatMap((each) => each.split(",").map(Number));
  const isEach = ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  if (ports.length === 0 || ports.length > MAX_PORTS || !isEach) {
    throw badRequest('query parameter "ports" is required: numbers of ports');
  }
  return ports;
}

/**
 * Serves a port-forward as the Python and the JavaScript client ask for it: one connection for each port, in two channels
 * of the WebSocket, for data and for what went wrong. Each channel begins with the port's number.
 */
export async function forwardByChannels(
  socket: WebSocket,
  ports: readonly number[],
  connect: ConnectToPort,
): Promise<void> {
  const connections = new Map<number, Duplex>();
  const early = new Map<number, Buffer[]>();
  socket.on("error", () => {});
  socket.on("message", (message) => {
    const bytes = bytesOf(message);
    const [channel = -1] = bytes;
    const data = bytes.subarray(1);
    const connection = connections.get(channel);
    if (connection === undefined) early.get(channel)?.push(data);
    else if (!connection.write(data)) {
      socket.pause();
      connection.once("drain", () => socket.resume());
    }
  });
  socket.once("close", () => {
    for (const connection of connections.values()) connection.destroy();
  });
  const send = (channel: number, data: Buffer) =>
    new Promise<void>((resolve) => {
      socket.send(Buffer.concat([Buffer.from([channel]), data]), () => resolve());
    });
  await Promise.all(
    ports.map(async (port, index) => {
      const [data, error] = [2 * index, 2 * index + 1];
      const number = Buffer.from([port & 255, port >> 8]);
      early.set(data, []);
      await Promise.all([send(data, number), send(error, number)]);
      try {
        const connection = await connect(port);
        connection.on("error", () => {});
        connections.set(data, connection);
        if (socket.readyState !== socket.OPEN) connection.destroy();
        for (const chunk of early.get(data) ?? []) connection.write(chunk);
        early.delete(data);
        for await (const chunk of connection) await send(data, chunk);
      } catch (cause) {
        early.delete(data);
        await send(error, Buffer.from(`port ${port}: ${(cause as Error).message}`));
      }
    }),
  );
  socket.close(1000);
}
