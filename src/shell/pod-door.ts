import { createServer, type Server, type Socket } from "node:net";
import { reset } from "../proxy/reset.ts";
import { splice } from "../proxy/splice.ts";
import { SocketConnection } from "../proxy/transport/socket-connection.ts";

export interface PodDoorOptions {
  /** Where the pod's clients outside come, and its readiness probe. */
  readonly outside: { readonly host: string; readonly port: number };
  /** A new connection to the program inside; rejects when it does not listen. */
  readonly connect: () => Promise<Socket>;
  /** The program inside listens for the first time. */
  readonly onFirst: () => void;
  readonly onError: (error: Error) => void;
}

/** Milliseconds between looks whether the program listens. */
const LOOK_AGAIN = 250;

/**
 * The way from outside to a program in a namespace. It is open exactly while the program listens, so that a
 * probe that only connects tells the truth.
 */
export class PodDoor {
  readonly #options: PodDoorOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;
  #seen = false;
  #closed = false;

  constructor(options: PodDoorOptions) {
    this.#options = options;
    void this.#look();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #look(): Promise<void> {
    const { connect, onFirst } = this.#options;
    const socket = await connect().catch(() => undefined);
    if (this.#closed) return void socket?.destroy();
    if (socket === undefined) {
      this.#timer = setTimeout(() => void this.#look(), LOOK_AGAIN);
      return;
    }
    socket.on("error", () => {});
    socket.end();
    socket.destroy();
    if (!this.#seen) onFirst();
    this.#seen = true;
    this.#open();
  }

  #open(): void {
    const { outside, onError } = this.#options;
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    server.on("connection", (client) => void this.#join(client, server));
    server.on("error", onError);
    server.listen(outside);
    this.#server = server;
  }

  async #join(client: Socket, server: Server): Promise<void> {
    this.#keep(client);
    client.on("error", () => {});
    const inside = await this.#options.connect().catch(() => undefined);
    if (inside === undefined) {
      reset(client);
      if (server !== this.#server || this.#closed) return;
      // It listens no more: until it does again, who connects is refused.
      server.close();
      this.#server = undefined;
      void this.#look();
      return;
    }
    this.#keep(inside);
    inside.on("error", () => {});
    splice(new SocketConnection(client), new SocketConnection(inside), () => {});
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
