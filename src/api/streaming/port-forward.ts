import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SpdyConnection, type SpdyStream } from "../../spdy/connection.ts";

/** Over SPDY itself, or over SPDY in the messages of a WebSocket. */
export const PORT_FORWARD_PROTOCOL = "portforward.k8s.io";
export const TUNNEL_PROTOCOL = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`;

/** Connects to a port of the Pod. */
export type ConnectToPort = (port: number) => Promise<Duplex>;

/** A connection that is half described: one of its two streams is there. */
interface Half {
  error?: SpdyStream;
  data?: SpdyStream;
}

/** Halves that wait for their other one; a client sends both at once. */
const MAX_HALVES = 256;

/**
 * Serves a client's port-forward: for each connection it opens a stream for errors and one for data, which belong
 * together by their requestid.
 */
export function servePortForward(carrier: Duplex, connect: ConnectToPort): void {
  const halves = new Map<string, Half>();
  new SpdyConnection(carrier, (stream) => {
    const { headers } = stream;
    const port = Number(headers.get("port"));
    const type = headers.get("streamtype");
    const isKnown =
      (type === "error" || type === "data") && Number.isInteger(port) && port > 0 && port < 65_536;
    if (!isKnown || halves.size >= MAX_HALVES) {
      stream.destroy();
      return;
    }
    const id = `${port}/${headers.get("requestid") ?? ""}`;
    const half = halves.get(id) ?? {};
    half[type] = stream;
    if (half.error === undefined || half.data === undefined) {
      halves.set(id, half);
      stream.once("close", () => halves.delete(id));
      return;
    }
    halves.delete(id);
    void forward(half.error, half.data, port, connect);
  });
}

async function forward(
  error: SpdyStream,
  data: SpdyStream,
  port: number,
  connect: ConnectToPort,
): Promise<void> {
  // Clients send nothing on the error stream; it is read all the same, to see its end.
  error.resume();
  let socket: Duplex;
  try {
    socket = await connect(port);
  } catch (cause) {
    error.end(`unable to connect to port ${port}: ${(cause as Error).message}`);
    data.destroy();
    return;
  }
  const ways = [pipeline(data, socket), pipeline(socket, data)];
  await Promise.allSettled(ways);
  error.end();
}
