import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import net from "node:net";
import type { Duplex } from "node:stream";

/** What RFC 6455 section 1.3 makes of a key. */
export const acceptOf = (key: string) =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

/** A WebSocket as a pod is asked for it. */
export interface AskedSocket {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  accept(fields?: Readonly<Record<string, string>>): Duplex;
  refuse(status: number, body?: string): void;
  /** Its connection breaks. */
  die(): void;
  /** Resolves when nobody waits for an answer any more. */
  readonly gone: Promise<void>;
}

/** The sockets that tests forget to listen to must not end them. */
function quiet<T extends Duplex>(socket: T): T {
  return socket.on("error", () => {});
}

/** A server that takes WebSockets over HTTP/1.1. @param acceptance what it makes of the key */
export function http1SocketPod(
  serve: (asked: AskedSocket) => void,
  acceptance = acceptOf,
): net.Server {
  const server = http.createServer();
  server.on("upgrade", (req, socket: net.Socket) => {
    quiet(socket);
    const key = String(req.headers["sec-websocket-key"]);
    serve({
      path: req.url ?? "",
      headers: req.headers,
      accept(fields = {}) {
        const more = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
        const accept = `Sec-WebSocket-Accept: ${acceptance(key)}\r\n`;
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${accept}${more.join("")}\r\n`,
        );
        return socket;
      },
      refuse: (status, body = "") =>
        socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
      die: () => socket.resetAndDestroy(),
      get gone() {
        socket.resume().once("end", () => socket.end());
        return new Promise<void>((resolve) => socket.once("close", () => resolve()));
      },
    });
  });
  return server;
}

/** A server that takes WebSockets over HTTP/2, and says so. */
export function http2SocketPod(serve: (asked: AskedSocket) => void): http2.Http2Server {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } });
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    quiet(stream);
    if (headers[":protocol"] !== "websocket") return stream.respond({ ":status": 400 });
    serve({
      path: String(headers[":path"]),
      headers,
      accept(fields = {}) {
        stream.respond({ ":status": 200, ...fields });
        return stream;
      },
      refuse(status, body = "") {
        stream.respond({ ":status": status });
        stream.end(body);
      },
      die: () => stream.session?.destroy(),
      gone: new Promise((resolve) => stream.once("close", () => resolve())),
    });
  });
  return server;
}

/** What became of a client's wish for a WebSocket. */
export interface Opened {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of an answer that is none to it. */
  readonly body: string;
  readonly socket: Duplex;
}

export interface Wish {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent before there is an answer. */
  readonly ahead?: string;
}

export const HTTP1_KEY = "dGhlIHNhbXBsZSBub25jZQ==";

export async function openOverHttp1(
  port: number,
  { path = "/", headers = {}, ahead = "" }: Wish = {},
): Promise<Opened> {
  // Either half is ended by the test alone.
  const socket = quiet(net.connect({ host: "127.0.0.1", port, allowHalfOpen: true }));
  const fields = {
    host: "web.shop",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": HTTP1_KEY,
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n${ahead}`);
  const [head, rest] = await headFrom(socket);
  const status = Number(head.slice(9, 12));
  const answered = Object.fromEntries(
    [...head.matchAll(/^([^:\r\n]+): (.*)\r$/gm)].map(([, name = "", value = ""]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  if (status === 101) {
    if (rest.length > 0) socket.unshift(rest);
    return { status, headers: answered, body: "", socket };
  }
  let body = rest.toString();
  const length = Number(answered["content-length"]);
  const isWhole = () => (Number.isNaN(length) ? body.endsWith("0\r\n\r\n") : body.length >= length);
  while (!isWhole()) body += (await once(socket.resume(), "data"))[0];
  // One chunk.
  if (Number.isNaN(length)) body = body.split("\r\n")[1] ?? "";
  socket.destroy();
  return { status, headers: answered, body, socket };
}

/** A head, and what came with it of what follows. The socket is paused then. */
function headFrom(socket: net.Socket): Promise<[head: string, rest: Buffer]> {
  return new Promise((resolve, reject) => {
    let input = Buffer.alloc(0);
    const closed = () => reject(new Error("the connection was closed"));
    socket.once("end", closed);
    socket.on("data", function read(chunk: Buffer) {
      input = Buffer.concat([input, chunk]);
      const end = input.indexOf("\r\n\r\n") + 4;
      if (end < 4) return;
      socket.pause().off("data", read).off("end", closed);
      resolve([input.toString("latin1", 0, end), input.subarray(end)]);
    });
  });
}

/** As a browser does: not before the server has said that it takes extended CONNECT. */
export async function openOverHttp2(
  session: ClientHttp2Session,
  { path = "/", headers = {}, ahead }: Wish = {},
): Promise<Opened> {
  if (session.remoteSettings?.enableConnectProtocol !== true) {
    await new Promise((resolve) => session.once("remoteSettings", resolve));
  }
  const stream = quiet(
    session.request(
      {
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":scheme": "http",
        ":authority": "web.shop",
        ":path": path,
        "sec-websocket-version": "13",
        ...headers,
      },
      { endStream: false },
    ),
  );
  if (ahead !== undefined) stream.write(ahead);
  return new Promise((resolve, reject) => {
    stream.once("close", () => reject(new Error(`the stream was closed: ${stream.rstCode}`)));
    stream.once("response", (got) => {
      const status = Number(got[":status"]);
      if (status < 300) {
        resolve({ status, headers: got, body: "", socket: stream });
        return;
      }
      let body = "";
      stream.on("data", (chunk) => {
        body += chunk;
      });
      stream.on("end", () => resolve({ status, headers: got, body, socket: stream }));
    });
  });
}
