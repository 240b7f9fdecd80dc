import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import type { Backend } from "../../balancer/backend.ts";
import type { Dialer } from "../dialer.ts";

/** A connection could not be made: nothing of the request was sent, another endpoint may have it. */
export class ConnectError extends Error {
  readonly code = "KUBELANE_CONNECT";

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = "ConnectError";
  }
}

/** What node calls it with; an error comes without a stream. */
type ConnectCallback = (error: Error | null, stream: Duplex) => void;

/** Keep-alive connections to one endpoint, made by the dialer; a request gets one only when it is connected. */
export class EndpointAgent extends Agent {
  readonly #backend: Backend;
  readonly #dialer: Dialer;
  readonly #timeout: number;

  constructor(backend: Backend, dialer: Dialer, timeout: number) {
    super({ keepAlive: true, maxFreeSockets: 256 });
    this.#backend = backend;
    this.#dialer = dialer;
    this.#timeout = timeout;
  }

  override createConnection(_args: ClientRequestArgs, callback?: ConnectCallback): null {
    const socket = this.#dialer.dial(this.#backend);
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${this.#timeout} ms`)),
      this.#timeout,
    );
    const failed = (error: Error) => {
      clearTimeout(timer);
      socket.on("error", () => {});
      callback?.(new ConnectError(error), socket);
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", failed);
      callback?.(null, socket);
    });
    return null;
  }
}
