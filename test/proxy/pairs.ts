import { once } from "node:events";
import http from "node:http";
import http2, { type IncomingHttpHeaders } from "node:http2";
import net from "node:net";
import type { GatewayOptions } from "../../src/proxy/gateway.ts";
import { TestCluster, type TestGateway, type TestPod } from "./cluster.ts";
import { framesServer } from "./frames.ts";

export const INBOUND = ["HTTP/1.1", "HTTP/2", "gRPC"] as const;
export const OUTBOUND = ["HTTP/1.1", "HTTP/2"] as const;
export type Inbound = (typeof INBOUND)[number];
export type Outbound = (typeof OUTBOUND)[number];

/** What became of a request, as its client sees it. */
export interface Outcome {
  readonly interim: number[];
  status: number;
  headers: IncomingHttpHeaders;
  trailers: IncomingHttpHeaders;
  body: string;
  /** The answer came to its end. */
  whole: boolean;
  /** The HTTP/2 code that its stream ended with. */
  code: number;
}

/** A request under way. */
export interface Call {
  write(text: string | Buffer): void;
  end(text?: string | Buffer, trailers?: Record<string, string>): void;
  /** Goes away; over HTTP/2 with this code. */
  leave(code?: number): void;
  /** Takes no more of the answer. */
  pause(): void;
  /** Resolves when a head came. */
  readonly head: Promise<void>;
  readonly outcome: Promise<Outcome>;
}

/** A request as a pod sees it. */
export interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The number of the request on its connection, from 1, and of the connection. */
  readonly nth: number;
  readonly connection: number;
  /** The whole body. */
  body(): Promise<string>;
  trailers(): IncomingHttpHeaders;
  interim(status: number): void;
  respond(status: number, headers?: Record<string, string>): void;
  write(text: string | Buffer): void;
  end(text?: string, trailers?: Record<string, string>): void;
  /** Its connection breaks. */
  die(): void;
  /** Resolves when nobody waits for the answer any more: to the HTTP/2 code, or 0. */
  readonly gone: Promise<number>;
  readonly stream: http2.ServerHttp2Stream | undefined;
}

const H2C = { spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] } };

/** A cluster with a gateway, clients of one protocol and pods of another. */
export class Pair implements AsyncDisposable {
  readonly cluster = new TestCluster();
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  gateway!: TestGateway;
  #session: http2.ClientHttp2Session | undefined;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 100 });

  constructor(inbound: Inbound, outbound: Outbound) {
    this.inbound = inbound;
    this.outbound = outbound;
  }

  /** Serves these pods, and starts a gateway. */
  async start(
    handlers: ((asked: Asked) => void)[],
    options: Partial<GatewayOptions> = {},
  ): Promise<TestPod[]> {
    const pods = [];
    for (const handler of handlers) pods.push(await this.pod(handler));
    this.serve(pods);
    this.gateway = await this.cluster.gateway(options);
    return pods;
  }

  serve(pods: readonly TestPod[]): void {
    this.cluster.serve("web", pods, this.outbound === "HTTP/2" ? H2C : {});
  }

  pod(handler: (asked: Asked) => void): Promise<TestPod> {
    return this.cluster.pod(this.outbound === "HTTP/2" ? http2Pod(handler) : http1Pod(handler));
  }

  call(
    options: { method?: string; headers?: Record<string, string>; hasBody?: boolean } = {},
  ): Call {
    const { hasBody = false } = options;
    if (this.inbound === "HTTP/1.1") return this.#http1(options, hasBody);
    return this.#http2(options, hasBody);
  }

  /** A gateway to a pod that answers every request with these bytes, or these frames. */
  async startRaw(bytes: string, frames: (id: number) => readonly Buffer[]): Promise<void> {
    const server =
      this.outbound === "HTTP/2"
        ? framesServer(frames)
        : net.createServer((socket) => socket.on("data", () => socket.write(bytes, "latin1")));
    this.serve([await this.cluster.pod(server)]);
    this.gateway = await this.cluster.gateway();
  }

  /** A whole request. */
  ask(method = "GET", body?: string | Buffer, headers: Record<string, string> = {}) {
    const call = this.call({ method, headers, hasBody: body !== undefined });
    if (body !== undefined) call.end(body);
    return call.outcome;
  }

  #http1(
    { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> },
    hasBody: boolean,
  ): Call {
    const req = http.request({
      host: "127.0.0.1",
      port: this.gateway.port,
      method,
      agent: this.#agent,
      headers: { host: "web.shop", ...(hasBody && { "transfer-encoding": "chunked" }), ...headers },
    });
    const outcome = newOutcome();
    req.on("information", ({ statusCode }) => outcome.interim.push(statusCode));
    let response: http.IncomingMessage | undefined;
    const head = new Promise<void>((resolve) => {
      req.on("response", (res) => {
        response = res;
        outcome.status = res.statusCode ?? 0;
        outcome.headers = res.headers;
        res.setEncoding("utf8").on("data", (text) => {
          outcome.body += text;
        });
        res.on("error", () => {});
        resolve();
      });
    });
    const done = new Promise<Outcome>((resolve) => {
      req.on("error", () => resolve(outcome));
      req.on("response", (res) =>
        res.on("close", () => {
          outcome.whole = res.complete;
          outcome.trailers = res.trailers;
          resolve(outcome);
        }),
      );
    });
    if (hasBody) req.flushHeaders();
    else req.end();
    return {
      write: (text) => void req.write(text),
      end(text, trailers) {
        if (trailers !== undefined) req.addTrailers(trailers);
        req.end(text);
      },
      leave: () => req.destroy(),
      pause: () => void response?.pause(),
      head,
      outcome: done,
    };
  }

  #http2(
    { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> },
    hasBody: boolean,
  ): Call {
    const session = this.session();
    const stream = session.request(
      {
        ":authority": "web.shop",
        ":path": "/",
        ":method": method,
        ...(this.inbound === "gRPC" && { "content-type": "application/grpc", te: "trailers" }),
        ...headers,
      },
      { endStream: !hasBody, waitForTrailers: true },
    );
    const outcome = newOutcome();
    let sent: Record<string, string> = {};
    stream.on("wantTrailers", () => stream.sendTrailers(sent));
    stream.on("headers", (got) => outcome.interim.push(Number(got[":status"])));
    stream.on("trailers", (got) => {
      outcome.trailers = got;
    });
    stream.setEncoding("utf8").on("data", (text) => {
      outcome.body += text;
    });
    let ended = false;
    stream.on("end", () => {
      ended = true;
    });
    stream.on("error", () => {});
    const head = new Promise<void>((resolve) => {
      stream.on("response", (got) => {
        outcome.status = Number(got[":status"]);
        outcome.headers = got;
        resolve();
      });
    });
    const done = new Promise<Outcome>((resolve) => {
      stream.on("close", () => {
        outcome.code = stream.rstCode;
        outcome.whole = ended && stream.rstCode === 0 && outcome.status !== 0;
        resolve(outcome);
      });
    });
    return {
      write: (text) => void stream.write(text),
      end(text, trailers = {}) {
        sent = trailers;
        stream.end(text);
      },
      leave: (code = http2.constants.NGHTTP2_CANCEL) => stream.close(code),
      pause: () => void stream.pause(),
      head,
      outcome: done,
    };
  }

  /** Begins anew with whatever comes next. */
  leave(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  /** The connection of clients that speak HTTP/2. */
  session(): http2.ClientHttp2Session {
    if (this.#session === undefined || this.#session.destroyed || this.#session.closed) {
      this.#session = http2.connect(`http://127.0.0.1:${this.gateway.port}`);
      this.#session.on("error", () => {});
    }
    return this.#session;
  }

  /** How busy each endpoint counts as. */
  get loads(): number[] {
    const service = this.cluster.store.get("Service", "shop", "web");
    const port = service?.spec.ports?.[0];
    if (service === undefined || port === undefined) return [];
    return this.cluster.balancer.portOf(service, port).table.all.map(({ load }) => load.active);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    this.#session?.destroy();
    await this.cluster[Symbol.asyncDispose]();
  }
}

function newOutcome(): Outcome {
  return { interim: [], status: 0, headers: {}, trailers: {}, body: "", whole: false, code: 0 };
}

function http1Pod(handler: (asked: Asked) => void): net.Server {
  const counts = new Map<net.Socket, { nth: number; connection: number }>();
  const server = http.createServer({ keepAliveTimeout: 60_000, highWaterMark: 1024 });
  const asked = (req: http.IncomingMessage, res: http.ServerResponse) => {
    const count = counts.get(req.socket) ?? { nth: 0, connection: counts.size };
    counts.set(req.socket, count);
    count.nth++;
    req.on("error", () => {});
    res.on("error", () => {});
    handler({
      method: req.method ?? "",
      headers: req.headers,
      nth: count.nth,
      connection: count.connection,
      body: () => textOf(req),
      trailers: () => req.trailers,
      interim: (status) => {
        if (status === 100) res.writeContinue();
        else req.socket.write(`HTTP/1.1 ${status} Interim\r\nX-A: 1\r\n\r\n`);
      },
      respond: (status, headers = {}) => {
        res.writeHead(status, headers);
        res.flushHeaders();
      },
      write: (text) => void res.write(text),
      end: (text, trailers) => {
        if (trailers !== undefined) res.addTrailers(trailers);
        res.end(text);
      },
      die: () => req.socket.resetAndDestroy(),
      gone: new Promise((resolve) => res.on("close", () => resolve(0))),
      stream: undefined,
    });
  };
  server.on("request", asked);
  server.on("checkContinue", asked);
  return server;
}

function http2Pod(handler: (asked: Asked) => void): net.Server {
  const counts = new Map<http2.Http2Session, { nth: number; connection: number }>();
  const server = http2.createServer();
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    const session = stream.session as http2.ServerHttp2Session;
    const count = counts.get(session) ?? { nth: 0, connection: counts.size };
    counts.set(session, count);
    count.nth++;
    let trailers: IncomingHttpHeaders = {};
    let back: Record<string, string> = {};
    stream.on("error", () => {});
    stream.on("trailers", (got) => {
      trailers = got;
    });
    stream.on("wantTrailers", () => stream.sendTrailers(back));
    handler({
      method: String(headers[":method"]),
      headers,
      nth: count.nth,
      connection: count.connection,
      body: () => textOf(stream),
      trailers: () => trailers,
      interim: (status) => stream.additionalHeaders({ ":status": status, "x-a": "1" }),
      respond: (status, more = {}) => {
        const empty = status === 204 || status === 304 || headers[":method"] === "HEAD";
        stream.respond(
          { ":status": status, ...more },
          { endStream: empty, waitForTrailers: !empty },
        );
      },
      write: (text) => void stream.write(text),
      end: (text, sent = {}) => {
        back = sent;
        if (!stream.headersSent) stream.respond({ ":status": 200 }, { waitForTrailers: true });
        if (!stream.writableEnded) stream.end(text);
      },
      die: () => session.destroy(),
      gone: new Promise((resolve) => stream.on("close", () => resolve(stream.rstCode))),
      stream,
    });
  });
  return server;
}

async function textOf(from: NodeJS.ReadableStream & { readableEnded?: boolean }): Promise<string> {
  let text = "";
  from.on("data", (chunk) => {
    text += chunk;
  });
  if (from.readableEnded !== true) await once(from, "end").catch(() => {});
  return text;
}
