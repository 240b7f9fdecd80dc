import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { ServiceSpec } from "../../src/objects/service.ts";

/** `broken`: it came to no end that a client could take for an answer. */
export type Outcome = { readonly status: number; readonly body: string } | "broken";

/** A client that counts on nothing. */
export interface ChaosClient {
  /** Who answered last on its connection. */
  readonly pod?: string;
  get(): Promise<Outcome>;
  close(): void;
}

/** A kind of traffic: what pods serve, and who asks them. */
export interface Kind {
  readonly spec?: Partial<ServiceSpec>;
  /** @param name what it says of itself; `closing` once it is about to end. */
  server(name: () => string, closing: () => boolean): net.Server;
  /** Ends as a server does that is asked to: what is under way is answered. */
  drain(server: net.Server): Promise<void>;
  client(ports: { readonly gateway: number; readonly relay: number }): ChaosClient;
}

const NAME = "web.shop";

export function httpServer(name: () => string, closing: () => boolean): http.Server {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (_req, res) => {
    // What a server does that is about to end: each client's next request goes elsewhere.
    if (closing()) res.setHeader("Connection", "close");
    setImmediate(() => res.end(name()));
  });
  server.on("upgrade", (_req, socket: net.Socket) => {
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    socket.on("data", () => socket.write(name()));
  });
  return server;
}

export async function drainHttp(server: net.Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => (server as http.Server).closeIdleConnections(), 10);
  await closed;
  clearInterval(idle);
}

/** One request at a time over a session, which is made anew when it has ended. */
class SessionClient implements ChaosClient {
  readonly #port: number;
  readonly #headers: http2.OutgoingHttpHeaders;
  #session: http2.ClientHttp2Session | undefined;

  constructor(port: number, headers: http2.OutgoingHttpHeaders) {
    this.#port = port;
    this.#headers = headers;
  }

  async get(): Promise<Outcome> {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = http2.connect(`http://127.0.0.1:${this.#port}`);
      this.#session.on("error", () => {});
    }
    const stream = this.#session.request({ ":authority": NAME, ":path": "/", ...this.#headers });
    let body = "";
    let status = 0;
    let ended = false;
    const grpc = (headers: http2.IncomingHttpHeaders) => {
      const code = headers["grpc-status"];
      if (code === undefined || code === "0") return;
      status = 502;
      body = decodeURIComponent(String(headers["grpc-message"]));
    };
    stream.on("error", () => {});
    stream.on("response", (headers) => {
      status = Number(headers[":status"]);
      grpc(headers);
    });
    stream.on("trailers", grpc);
    stream.setEncoding("utf8").on("data", (text) => {
      body += text;
    });
    stream.on("end", () => {
      ended = true;
    });
    stream.end();
    await new Promise((resolve) => stream.once("close", resolve));
    return ended && stream.rstCode === 0 && status !== 0 ? { status, body } : "broken";
  }

  close(): void {
    this.#session?.destroy();
  }
}

/** A connection for each question: says something, and waits for what comes back. */
function exchangeOver(port: number, hello: string, question: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    let got = "";
    let greeted = hello === "";
    const done = (outcome: Outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on("error", () => done("broken"));
    socket.on("close", () => done("broken"));
    socket.on("connect", () => socket.write(greeted ? question : hello));
    socket.setEncoding("latin1").on("data", (text) => {
      got += text;
      const end = got.indexOf("\r\n\r\n");
      if (!greeted) {
        if (end < 0) return;
        const status = Number(got.slice(9, 12));
        const body = got.slice(end + 4);
        if (status !== 101) {
          const length = Number(/\r\ncontent-length: (\d+)/i.exec(got)?.[1]);
          if (body.length >= length) done({ status, body });
          return;
        }
        greeted = true;
        got = body;
        socket.write(question);
      }
      if (got.startsWith("pod ")) done({ status: 200, body: got });
    });
  });
}

const noState = (get: () => Promise<Outcome>): ChaosClient => ({ get, close() {} });

const SESSIONS = new WeakMap<net.Server, ReadonlySet<http2.ServerHttp2Session>>();

export const KINDS: Readonly<Record<string, Kind>> = {
  "HTTP/2": {
    server: httpServer,
    drain: drainHttp,
    client: ({ gateway }) => new SessionClient(gateway, {}),
  },
  gRPC: {
    spec: { ports: [{ port: 80, appProtocol: "grpc" }] },
    server(name) {
      const server = http2.createServer();
      const sessions = new Set<http2.ServerHttp2Session>();
      server.on("session", (session) => {
        sessions.add(session);
        session.on("error", () => {});
        session.on("close", () => sessions.delete(session));
      });
      server.on("sessionError", () => {});
      server.on("stream", (stream) => {
        stream.on("error", () => {});
        stream.respond(
          { ":status": 200, "content-type": "application/grpc" },
          { waitForTrailers: true },
        );
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        setImmediate(() => stream.end(name()));
      });
      SESSIONS.set(server, sessions);
      return server;
    },
    async drain(server) {
      const closed = once(server, "close");
      server.close();
      // Each is told by a GOAWAY, and ends with its last stream.
      for (const session of SESSIONS.get(server) ?? []) session.close();
      await closed;
    },
    client: ({ gateway }) =>
      new SessionClient(gateway, { ":method": "POST", "content-type": "application/grpc" }),
  },
  WebSocket: {
    server: httpServer,
    drain: drainHttp,
    client: ({ gateway }) =>
      noState(() =>
        exchangeOver(
          gateway,
          `GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
          "hello",
        ),
      ),
  },
  TCP: {
    server: (name) =>
      net.createServer({ allowHalfOpen: true }, (socket) => {
        socket.on("error", () => {});
        socket.on("end", () => socket.end());
        socket.on("data", () => socket.write(name()));
      }),
    drain: (server) => new Promise((resolve) => server.close(() => resolve())),
    client: ({ relay }) => noState(() => exchangeOver(relay, "", "hello")),
  },
};
