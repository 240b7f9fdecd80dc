import {
  createServer,
  Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, Server, type Socket } from "node:net";
import type { LocalAddress } from "../proxy/local-address.ts";

/** Answers the requests to one pod; the handler gets the pod. */
export type PodHandler = (request: IncomingMessage, response: ServerResponse, pod: TestPod) => void;

/** A pod of a test cluster: a server of this process. */
export interface TestPod {
  readonly namespace: string;
  readonly name: string;
  /** As the cluster knows it. */
  readonly address: string;
  /** Whether its readiness probe would pass. */
  readonly ready: boolean;
  /** Requests (connections, when it is no HTTP server) it has got so far. */
  readonly requests: number;
  /**
   * What its readiness probe says from now on. When this returns, DNS and the balancer go by it; connections
   * that are there stay.
   * @param reason what `whyNone` and errors say of a pod that is not ready.
   */
  setReady(ready: boolean, reason?: string): void;
  /** Ends it as a crash would: connections are reset and refused before any status has changed. */
  kill(): Promise<void>;
  /** After {@link kill}: it listens again. */
  restart(): Promise<void>;
}

/** Makes a pod's readiness known. */
export type PublishReadiness = (pod: ServedPod, reason: string | undefined) => void;

export class ServedPod implements TestPod {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  ready = true;
  requests = 0;
  local: LocalAddress | undefined;
  readonly #server: Server;
  /** Whether others have to do with the server, too. */
  readonly #shared: boolean;
  readonly #publish: PublishReadiness;
  readonly #sockets = new Set<Socket>();
  readonly #connected = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (!(this.#server instanceof HttpServer)) this.requests++;
  };
  readonly #requested = (): void => {
    this.requests++;
  };

  constructor(
    { namespace, name, address }: Pick<TestPod, "namespace" | "name" | "address">,
    handlerOrServer: PodHandler | Server,
    publish: PublishReadiness,
  ) {
    this.namespace = namespace;
    this.name = name;
    this.address = address;
    this.#publish = publish;
    this.#shared = handlerOrServer instanceof Server;
    this.#server =
      handlerOrServer instanceof Server
        ? handlerOrServer
        : createServer((request, response) => handlerOrServer(request, response, this));
  }

  async start(): Promise<void> {
    this.#server.on("connection", this.#connected).on("request", this.#requested);
    if (!this.#server.listening) await listen(this.#server);
    const { address, port } = this.#server.address() as AddressInfo;
    this.local = { host: WILDCARDS.get(address) ?? address, port };
    this.#publish(this, undefined);
  }

  setReady(ready: boolean, reason = "not ready, says the test"): void {
    this.ready = ready;
    this.#publish(this, reason);
  }

  async kill(): Promise<void> {
    await this.stop(true);
  }

  async restart(): Promise<void> {
    if (!this.#server.listening) await listen(this.#server, this.local?.port);
  }

  /** Lets requests finish, unless they are to be cut. A server that the test shares goes on. */
  async stop(cut: boolean): Promise<void> {
    const server = this.#server;
    if (this.#shared && !cut) {
      server.off("connection", this.#connected).off("request", this.#requested);
      return;
    }
    const closed = new Promise((resolve) => server.close(resolve));
    const cutAll = () => {
      for (const socket of this.#sockets) socket.resetAndDestroy();
    };
    // Only HTTP has requests that end by themselves.
    const timer = setTimeout(cutAll, cut || !(server instanceof HttpServer) ? 0 : GRACE);
    if (cut) cutAll();
    await closed;
    clearTimeout(timer);
  }
}

/** Ports are the system's choice: test files run side by side. */
function listen(server: Server, port = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Milliseconds that requests in progress may take when a pod goes. */
const GRACE = 2000;

const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ["::", "::1"],
  ["0.0.0.0", "127.0.0.1"],
]);
