import { createServer, type Server, type Socket } from "node:net";
import type { Binder } from "../net/binder.ts";
import type { AnswerMessage, BoundServer } from "./udp-server.ts";

/** Time limits of a connection, in milliseconds, and how many there may be (D.13). */
export interface TcpLimits {
  /** Until the first request is complete. */
  readonly first: number;
  /** Between requests. */
  readonly idle: number;
  /** Until the client has taken a reply. */
  readonly write: number;
  readonly connections: number;
}

export const DEFAULT_TCP_LIMITS: TcpLimits = {
  first: 3000,
  idle: 10_000,
  write: 5000,
  connections: 2000,
};

export interface TcpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly answer: AnswerMessage;
  readonly accepts: (address: string) => boolean;
  readonly onError: (error: Error) => void;
  readonly limits?: Partial<TcpLimits>;
  readonly binder: Binder;
}

/** Unsent bytes at which no more requests are read from a client that doesn't read its replies. */
const HIGH_WATER = 128 * 1024;

/**
 * Answers messages with a two-byte length in front (RFC 7766), those of a connection in order.
 * @throws the error of binding, such as EADDRINUSE or EACCES.
 */
export async function createTcpServer(options: TcpServerOptions): Promise<BoundServer> {
  const limits = { ...DEFAULT_TCP_LIMITS, ...options.limits };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    if (!options.accepts(socket.remoteAddress ?? "")) {
      socket.destroy();
      return;
    }
    if (sockets.size >= limits.connections) dropOldest(sockets);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, options, limits);
  });
  await listen(server, options);
  server.on("error", options.onError);
  const bound = server.address() as { address: string; port: number };
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    address: { host: bound.address, port: bound.port },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(server: Server, { host, port, binder }: TcpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.removeListener("error", reject);
      resolve();
    });
    binder.listen(server, host, port);
  });
}

/** At the limit the oldest connection is closed, so that idle ones can't lock new clients out. */
function dropOldest(sockets: Set<Socket>): void {
  for (const socket of sockets) {
    sockets.delete(socket);
    socket.destroy();
    return;
  }
}

/** The bytes that were received and not used yet; joined only once a whole message is there. */
class FrameBuffer {
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes that must be there before parsing is tried again. */
  #needed = 2;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  next(): Buffer | undefined {
    if (this.#size < this.#needed) return undefined;
    const bytes =
      this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const end = 2 + bytes.readUInt16BE(0);
    if (this.#size < end) {
      this.#needed = end;
      return undefined;
    }
    this.#needed = 2;
    this.#chunks = end === bytes.length ? [] : [bytes.subarray(end)];
    this.#size -= end;
    return bytes.subarray(2, end);
  }
}

function serve(socket: Socket, { answer, onError }: TcpServerOptions, limits: TcpLimits): void {
  const { remoteAddress: address = "", remotePort: port = 0 } = socket;
  const client = { address, port, transport: "tcp" as const };
  const frames = new FrameBuffer();
  /** A reply is pending, or the client has not read its replies. */
  let busy = false;
  let ended = false;
  let timer = setTimeout(() => socket.destroy(), limits.first);
  const wait = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.destroy(), milliseconds);
  };
  const hold = () => {
    busy = true;
    socket.pause();
  };
  const goOn = () => {
    busy = false;
    socket.resume();
    next();
  };
  const write = (reply: Uint8Array | undefined) => {
    if (reply === undefined || socket.destroyed) return;
    const head = Buffer.from([reply.length >> 8, reply.length & 255]);
    socket.write(Buffer.concat([head, reply]));
  };
  const handle = (message: Buffer) => {
    const reply = answer(message, client);
    // A message that is not answered doesn't extend the time limit.
    if (reply === undefined) return;
    wait(limits.idle);
    if (!(reply instanceof Promise)) {
      write(reply);
      return;
    }
    hold();
    reply.then(write, onError).finally(goOn);
  };
  const next = (): void => {
    while (!busy && !socket.destroyed) {
      if (socket.writableLength > HIGH_WATER) {
        hold();
        wait(limits.write);
        socket.once("drain", () => {
          wait(limits.idle);
          goOn();
        });
        return;
      }
      const message = frames.next();
      if (message === undefined) break;
      try {
        handle(message);
      } catch (error) {
        onError(error as Error);
        socket.destroy();
      }
    }
    if (ended && !busy) socket.end();
  };
  // A client that disconnects is not an error of the server.
  socket.on("error", () => socket.destroy());
  socket.once("close", () => clearTimeout(timer));
  socket.on("end", () => {
    ended = true;
    next();
  });
  socket.on("data", (chunk) => {
    frames.push(chunk);
    next();
  });
}
