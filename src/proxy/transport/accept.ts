import type { Server, Socket } from "node:net";
import { isLoopback } from "../../net/loopback.ts";
import type { Connection, OnClosed } from "./connection.ts";
import { HandleConnection } from "./handle-connection.ts";
import { HANDLES, type Handles, type TcpHandle } from "./handles.ts";
import { Roster } from "./roster.ts";
import { SocketConnection } from "./socket-connection.ts";
import { systemError } from "./system-error.ts";

export interface AcceptOptions {
  /** Holds them as long as they are open. */
  readonly clients: AcceptedConnections;
  readonly onConnection: (connection: Connection) => void;
  /** A client's connection failed, other than by the client closing or resetting it. */
  readonly onError: (error: Error) => void;
  /** For tests: undefined uses Node's streams. */
  readonly handles?: Handles | undefined;
}

/**
 * Seconds of silence before TCP keep-alive probes a client. Clients on this machine are not probed: their end can't
 * go unnoticed, and the setting takes four system calls for each connection.
 */
const KEEP_ALIVE_SECONDS = 60;

/** The connections that a server has accepted and that are still open. */
export class AcceptedConnections {
  readonly #open = new Roster<Connection>();
  #whenNone: (() => void)[] = [];

  get size(): number {
    return this.#open.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#open[Symbol.iterator]();
  }

  add(connection: Connection): void {
    this.#open.add(connection);
  }

  delete(connection: Connection): void {
    this.#open.delete(connection);
    if (this.#open.size > 0) return;
    for (const resolve of this.#whenNone.splice(0)) resolve();
  }

  /** Resolves when none is open. */
  none(): Promise<void> {
    return this.#open.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#whenNone.push(resolve));
  }

  closeAll(): void {
    for (const connection of this.#open) connection.close();
  }
}

/** Serves the connections of a server that is about to listen; the server emits no `connection` any more. */
export function acceptConnections(server: Server, options: AcceptOptions): void {
  const handles = "handles" in options ? options.handles : HANDLES;

  const accept = (connection: Connection) => {
    options.clients.add(connection);
    options.onConnection(connection);
  };
  const closed: OnClosed = (connection, error) => {
    options.clients.delete(connection);
    if (error !== undefined && !hasGone(error)) options.onError(error);
  };

  let keepAlive = true;
  server.on("listening", () => {
    const at = server.address();
    keepAlive = typeof at !== "object" || at === null || !isLoopback(at.address);
  });
  server.on("connection", (socket: Socket) => {
    socket.setNoDelay(true);
    if (keepAlive) socket.setKeepAlive(true, KEEP_ALIVE_SECONDS * 1000);
    accept(new SocketConnection(socket, closed));
  });
  if (handles === undefined) return;

  server.on("listening", () => {
    const listening = (server as unknown as { _handle?: ListeningHandle | null })._handle;
    // Replaces the function of Node's server that would make a socket of the handle.
    if (typeof listening?.onconnection !== "function") return;
    listening.onconnection = (status, handle) => {
      if (handle === undefined || status !== 0) {
        server.emit("error", systemError(status, "accept"));
        return;
      }
      handle.setNoDelay(true);
      if (keepAlive) handle.setKeepAlive(true, KEEP_ALIVE_SECONDS);
      accept(new HandleConnection(handle, handles, closed));
    };
  });
}

/** A client that disconnects, in whatever way, is no error. */
const GONE: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

function hasGone({ code }: NodeJS.ErrnoException): boolean {
  return GONE.has(code);
}

interface ListeningHandle {
  onconnection: (status: number, handle: TcpHandle | undefined) => void;
}
