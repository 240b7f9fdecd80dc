import net, { type Socket } from "node:net";
import { AcceptedConnections, acceptConnections } from "../../../src/proxy/transport/accept.ts";
import type { Connection, Receiver } from "../../../src/proxy/transport/connection.ts";
import { HANDLES, type Handles, type TcpHandle } from "../../../src/proxy/transport/handles.ts";

/** What carries a connection: both have to behave alike. */
export const CARRIERS: readonly { readonly name: string; readonly handles: Handles | undefined }[] =
  [
    { name: "on a handle", handles: HANDLES },
    { name: "on a socket", handles: undefined },
  ];

/** Writes down what it is told, and lets tests wait for it. */
export class Recorder implements Receiver {
  readonly told: string[] = [];
  readonly chunks: Buffer[] = [];
  error: Error | undefined;
  #waiting: { readonly until: () => boolean; readonly resolve: () => void }[] = [];

  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  get length(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  received(bytes: Buffer, length: number): void {
    this.chunks.push(Buffer.from(bytes.subarray(0, length)));
    this.#tell("received");
  }

  ended(): void {
    this.#tell("ended");
  }

  drained(): void {
    this.#tell("drained");
  }

  closed(error: Error | undefined): void {
    this.error = error;
    this.#tell("closed");
  }

  /** Resolves as soon as it holds. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ until: holds, resolve }));
  }

  heard(what: string): Promise<void> {
    return this.until(() => this.told.includes(what));
  }

  #tell(what: string): void {
    if (this.told.at(-1) !== what) this.told.push(what);
    this.#waiting = this.#waiting.filter(({ until, resolve }) => {
      if (!until()) return true;
      resolve();
      return false;
    });
  }
}

export interface Ends extends AsyncDisposable {
  readonly connection: Connection;
  readonly told: Recorder;
  /** The other side, as a plain socket; paused. */
  readonly peer: Socket;
  /** What the connection stands on, for tests that make it fail. */
  readonly handle: TcpHandle;
  readonly clients: AcceptedConnections;
  readonly errors: Error[];
}

/** A connection of that kind and what is on its other side. */
export async function ends(handles: Handles | undefined): Promise<Ends> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const clients = new AcceptedConnections();
  const errors: Error[] = [];
  const told = new Recorder();
  let handle: TcpHandle | undefined;
  const accepted = new Promise<Connection>((resolve) => {
    acceptConnections(server, {
      clients,
      handles,
      onConnection: resolve,
      onError: (error) => errors.push(error),
    });
  });
  server.on("connection", (socket) => {
    handle = (socket as unknown as { _handle: TcpHandle })._handle;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const listening = (server as unknown as { _handle: Listening })._handle;
  const { onconnection } = listening;
  listening.onconnection = function (status, accepted) {
    handle = accepted;
    onconnection.call(this, status, accepted);
  };
  const { port } = server.address() as net.AddressInfo;
  const peer = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  peer.pause();
  await event(peer, "connect");
  const connection = await accepted;
  connection.receiver = told;
  return {
    connection,
    told,
    peer,
    handle: handle as TcpHandle,
    clients,
    errors,
    async [Symbol.asyncDispose]() {
      peer.destroy();
      connection.close();
      server.close();
      await clients.none();
    },
  };
}

interface Listening {
  onconnection(status: number, handle: TcpHandle): void;
}

export function event(emitter: NodeJS.EventEmitter, name: string): Promise<unknown> {
  return new Promise((resolve) => emitter.once(name, resolve));
}

/** Everything the other side sends until it ends. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  await event(socket, "end");
  return Buffer.concat(chunks);
}
