import http2, { type ClientHttp2Session } from "node:http2";
import type { Backend } from "../../balancer/backend.ts";
import type { EndpointLoad } from "../../balancer/endpoint-load.ts";
import type { DialPolicy } from "../upstream.ts";

type Waiting = (result: ClientHttp2Session | Error) => void;

interface Entry {
  session?: ClientHttp2Session;
  waiting: Waiting[];
}

/** One HTTP/2 connection to each endpoint, shared by all streams; made when first needed. */
export class SessionPool {
  readonly #policy: DialPolicy;
  readonly #entries = new Map<EndpointLoad, Entry>();

  constructor(policy: DialPolicy) {
    this.#policy = policy;
  }

  /** A session to the endpoint; the callback may be called at once. */
  take(backend: Backend, callback: Waiting): void {
    const entry = this.#entries.get(backend.load);
    if (entry?.session !== undefined) callback(entry.session);
    else if (entry !== undefined) entry.waiting.push(callback);
    else this.#connect(backend, callback);
  }

  close(): void {
    for (const { session } of this.#entries.values()) session?.destroy();
    this.#entries.clear();
  }

  #connect(backend: Backend, callback: Waiting): void {
    const entry: Entry = { waiting: [callback] };
    this.#entries.set(backend.load, entry);
    const { dialer, connectTimeout } = this.#policy;
    const socket = dialer.dial(backend);
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${connectTimeout} ms`)),
      connectTimeout,
    );
    const forget = () => {
      if (this.#entries.get(backend.load) === entry) this.#entries.delete(backend.load);
    };
    const settle = (result: ClientHttp2Session | Error) => {
      clearTimeout(timer);
      for (const waiting of entry.waiting.splice(0)) waiting(result);
    };
    const failed = (error: Error) => {
      forget();
      settle(error);
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.removeListener("error", failed);
      const session = http2.connect("http://endpoint", { createConnection: () => socket });
      entry.session = session;
      session.on("error", forget);
      session.on("goaway", forget);
      session.on("close", forget);
      session.unref();
      settle(session);
    });
  }
}
