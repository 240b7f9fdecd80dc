import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Binder } from "../net/binder.ts";
import type { Client } from "./client.ts";
import type { Maybe } from "./reply.ts";

export type AnswerMessage = (message: Uint8Array, client: Client) => Maybe<Uint8Array | undefined>;

export interface BoundServer extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  close(): Promise<void>;
}

export interface UdpServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly answer: AnswerMessage;
  /** Whether a client may be answered. */
  readonly accepts: (address: string) => boolean;
  /** Everything that goes wrong after the start; the server keeps running. */
  readonly onError: (error: Error) => void;
  readonly binder: Binder;
}

/**
 * For one in so many replies Node is asked to report an error. Whatever keeps datagrams from being sent keeps all of
 * them, so one is noticed soon enough, and each callback costs time.
 */
const REPORTED = 32;

/** Bytes that the kernel may buffer in a burst. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/**
 * Answers datagrams.
 * @throws the error of binding, such as EADDRINUSE or EACCES.
 */
export async function createUdpServer(options: UdpServerOptions): Promise<BoundServer> {
  const { host, answer, accepts, onError } = options;
  const type = isIPv6(host) ? "udp6" : "udp4";
  const family = type === "udp6" ? 6 : 4;
  const socket = createSocket({
    type,
    // Replies go to numeric addresses; Node would still look up every one.
    lookup: (address, _options, callback) => callback(null, address, family),
  });
  const sent = (error: Error | null) => {
    if (error !== null) onError(error);
  };
  let count = 0;
  const send = (reply: Uint8Array | undefined, to: RemoteInfo) => {
    if (reply === undefined) return;
    count = (count + 1) % REPORTED;
    try {
      if (count === 1) socket.send(reply, to.port, to.address, sent);
      else socket.send(reply, to.port, to.address);
    } catch (error) {
      onError(error as Error);
    }
  };
  socket.on("message", (message, from) => {
    // Nothing can be sent to port 0, and clients at other addresses must not be answered.
    if (from.port === 0 || !accepts(from.address)) return;
    try {
      const reply = answer(message, from);
      if (reply instanceof Promise) reply.then((bytes) => send(bytes, from)).catch(onError);
      else send(reply, from);
    } catch (error) {
      onError(error as Error);
    }
  });
  await bind(socket, options);
  socket.on("error", onError);
  growBuffer(socket);
  const bound = socket.address();
  const close = () => closed(socket);
  return {
    address: { host: bound.address, port: bound.port },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function bind(socket: Socket, { host, port, binder }: UdpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once("error", failed);
    socket.once("listening", () => {
      socket.removeListener("error", failed);
      resolve();
    });
    binder.bind(socket, host, port);
  });
}

/** Systems with a lower maximum use that. */
function growBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // The buffer size is optional.
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      // The socket was closed meanwhile.
      resolve();
    }
  });
}
