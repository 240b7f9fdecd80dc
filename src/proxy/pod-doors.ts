import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { dialConnection } from "./dial.ts";
import type { Dialer } from "./dialer.ts";
import { listening } from "./listen-tcp.ts";
import type { LocalAddress } from "./local-address.ts";
import { reset } from "./reset.ts";
import { splice } from "./splice.ts";
import type { Connection } from "./transport/connection.ts";
import { SocketConnection } from "./transport/socket-connection.ts";

/** Milliseconds that a door stays open for the announced connection, and for more that follow. */
const LINGER = 10_000;

/**
 * Doors have addresses from 127.254.0.1 on and share one port, so that a client knows the port before it is given an
 * address.
 */
const FIRST = "127.254.0.1";
const COUNT = 0xffff;

interface Door {
  readonly host: string;
  readonly server: Server;
  /** Connections to the pod that no client has picked up yet. */
  readonly waiting: Connection[];
  timer: NodeJS.Timeout | undefined;
}

/**
 * Lets other processes of this machine reach pods that only this process can dial. A process asks for a connection
 * first; the pod is dialled, so that the process sees the same error as if it had connected itself. The connection
 * then waits behind a door: a loopback address that listens for a few seconds.
 */
export class PodDoors {
  readonly #dialer: Dialer;
  readonly #onError: (error: Error) => void;
  readonly #doors = new Map<string, Promise<Door>>();
  readonly #connections = new Set<Connection>();
  #holder: Server | undefined;
  #port = 0;
  #last = 0;

  constructor(dialer: Dialer, onError: (error: Error) => void) {
    this.#dialer = dialer;
    this.#onError = onError;
  }

  /** Binds the port. @throws the system's error */
  async open(): Promise<void> {
    const server = createServer((socket) => socket.destroy());
    await listening(server, FIRST, 0);
    this.#holder = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** The port of every door; 0 before {@link open}. */
  get port(): number {
    return this.#port;
  }

  /**
   * Opens a door for the connection that the caller makes next.
   * @returns its host.
   * @throws the error of dialling the pod
   */
  async reach({ host: address, port }: LocalAddress): Promise<string> {
    const connection = await this.#dial(address, port);
    try {
      const door = await this.#doorTo(address, port);
      door.waiting.push(connection);
      this.#keepOpen(door, `${address} ${port}`);
      return door.host;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const doors = await Promise.allSettled(this.#doors.values());
    this.#doors.clear();
    for (const connection of this.#connections) connection.close();
    const servers = doors.flatMap((door) => (door.status === "fulfilled" ? door.value : []));
    for (const { timer } of servers) clearTimeout(timer);
    const open = [this.#holder, ...servers.map(({ server }) => server)];
    await Promise.all(open.map((server) => server && closed(server)));
  }

  #dial(address: string, port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      dialConnection(this.#dialer, { address, port }, false, (result) =>
        result instanceof Error ? reject(result) : resolve(this.#kept(result)),
      );
    });
  }

  #kept(connection: Connection): Connection {
    this.#connections.add(connection);
    return connection;
  }

  #doorTo(address: string, port: number): Promise<Door> {
    const id = `${address} ${port}`;
    let door = this.#doors.get(id);
    if (door === undefined) {
      door = this.#listen(address, port);
      this.#doors.set(id, door);
      door.catch(() => this.#doors.delete(id));
    }
    return door;
  }

  async #listen(address: string, port: number): Promise<Door> {
    for (let tries = 0; ; tries++) {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
      const host = this.#nextHost();
      try {
        await listening(server, host, this.#port);
      } catch (error) {
        // Another program listens there; the next address may be free.
        if ((error as NodeJS.ErrnoException).code === "EADDRINUSE" && tries < COUNT) continue;
        throw error;
      }
      server.on("error", this.#onError);
      const door: Door = { host, server, waiting: [], timer: undefined };
      server.on("connection", (client) => void this.#join(client, door, address, port));
      return door;
    }
  }

  #nextHost(): string {
    this.#last = (this.#last % COUNT) + 1;
    return `127.254.${(this.#last + 1) >> 8}.${(this.#last + 1) & 0xff}`;
  }

  #keepOpen(door: Door, id: string): void {
    clearTimeout(door.timer);
    door.timer = setTimeout(() => {
      this.#doors.delete(id);
      door.server.close();
      for (const connection of door.waiting.splice(0)) this.#end(connection);
    }, LINGER).unref();
  }

  async #join(client: Socket, { waiting }: Door, address: string, port: number): Promise<void> {
    const connection = this.#kept(new SocketConnection(client));
    const pod = waiting.shift() ?? (await this.#dial(address, port).catch(() => undefined));
    // The pod may have closed it while it waited.
    if (pod?.isWritable !== true) {
      this.#connections.delete(connection);
      return reset(client);
    }
    splice(connection, pod, () => {
      this.#connections.delete(connection);
      this.#connections.delete(pod);
    });
  }

  #end(connection: Connection): void {
    this.#connections.delete(connection);
    connection.close();
  }
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, "close");
}
