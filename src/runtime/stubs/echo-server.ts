import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import {
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer, type Socket } from "node:net";
import type { LocalAddress } from "../../proxy/local-address.ts";
import { ECHO_HEADERS, type EchoPlace, echoOf } from "./echo.ts";
import { answerGrpc, isGrpc } from "./grpc-answer.ts";

/** The beginning of an HTTP/2 connection, which no HTTP/1.1 request has. */
const PREFACE = Buffer.from("PRI");

/** Milliseconds of silence after which a client is assumed to wait for the server to speak first. */
const FIRST_WORD = 3_000;

/** Milliseconds in which answers in progress may complete. */
const LAST_WORD = 250;

/** A server on a port. */
export interface Listening {
  close(): Promise<void>;
}

/**
 * Answers HTTP/1.1 and HTTP/2 (without TLS, with prior knowledge) with an echo, and gRPC's health checks. Connections
 * of other protocols are accepted and closed.
 * @throws the error of listening
 */
export async function listenForRequests(
  { host, port }: LocalAddress,
  place: EchoPlace,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let closing = false;
  const http = createHttpServer((request, response) => {
    if (closing) response.setHeader("connection", "close");
    answer(request, response, place).catch(() => response.destroy());
  });
  // The client doesn't speak HTTP, or has disconnected.
  http.on("clientError", (_error, socket) => socket.destroy());
  http.on("connect", (_request, socket) => socket.destroy());
  const http2 = createHttp2Server();
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });
  http2.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    answerStream(stream, headers, place).catch(() => stream.close());
  });
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    firstWords(socket, (isHttp2) => (isHttp2 ? http2 : http).emit("connection", socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject).on("error", () => {});
      resolve();
    });
  });
  return {
    async close() {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      const rest = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, LAST_WORD);
      await closed;
      clearTimeout(rest);
    },
  };
}

/** Reads a client's first bytes and puts them back. */
function firstWords(socket: Socket, decided: (isHttp2: boolean) => void): void {
  let read: Buffer = Buffer.alloc(0);
  const impatience = setTimeout(() => socket.destroy(), FIRST_WORD).unref();
  socket.once("close", () => clearTimeout(impatience));
  const onData = (chunk: Buffer): void => {
    read = Buffer.concat([read, chunk]);
    const mayBeHttp2 = PREFACE.subarray(0, read.length).equals(read.subarray(0, PREFACE.length));
    if (mayBeHttp2 && read.length < PREFACE.length) return;
    clearTimeout(impatience);
    socket.off("data", onData);
    socket.pause();
    socket.unshift(read);
    decided(mayBeHttp2);
    // Node's HTTP/2 session reads those bytes by itself at the end of this turn.
    if (!mayBeHttp2) socket.resume();
  };
  socket.on("data", onData);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  place: EchoPlace,
): Promise<void> {
  const { method = "", url: path = "", headers, httpVersion } = request;
  const { host = "" } = headers;
  const asked = { protocol: `HTTP/${httpVersion}`, method, path, host, headers };
  const body = await echoOf(place, asked, request);
  response.writeHead(200, { ...ECHO_HEADERS, "content-length": body.length }).end(body);
}

async function answerStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  place: EchoPlace,
): Promise<void> {
  const { ":method": method = "", ":path": path = "", ":authority": authority } = headers;
  if (isGrpc(headers["content-type"])) return answerGrpc(stream, path, place);
  const own = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
  const asked = {
    protocol: "HTTP/2.0",
    method,
    path,
    host: authority ?? headers.host ?? "",
    headers: Object.fromEntries(own),
  };
  const body = await echoOf(place, asked, stream);
  if (stream.destroyed) return;
  stream.respond({ ":status": 200, ...ECHO_HEADERS, "content-length": body.length });
  stream.end(method === "HEAD" ? undefined : body);
}
