import dgram from "node:dgram";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import { frame } from "../dns/exchange.ts";

export interface Doors {
  readonly gateway: number;
  readonly https: number;
  readonly dns: number;
  readonly admin: number;
  readonly control: string;
}

/** Milliseconds that an answer may take. */
export const PATIENCE = { now: 10_000 };

let foreignNames = 0;
/** Another one each time, which no cache can know. */
const foreignName = () => `host-${foreignNames++}.example.org.`;

const RELAY = { host: "127.96.77.1", port: 80 };
const STUB = { host: "127.96.77.2", port: 80 };
const FRONT = { host: "127.112.0.77", port: 443 };

/** Each way in, with an answer that only a whole `up` gives. @throws when there is none. */
export function waysIn(doors: Doors): Record<string, () => Promise<void>> {
  const keepAlive = new http.Agent({ keepAlive: true, maxSockets: 4 });
  const gateway = { port: doors.gateway };
  return {
    "HTTP/1.1 by Host": () =>
      web({ ...gateway, headers: { host: "web.default" }, agent: keepAlive }),
    "a body by Host": () =>
      web({ ...gateway, headers: { host: "web.default" }, method: "POST" }, "x".repeat(100_000)),
    "an absolute URL": () => web({ ...gateway, path: "http://web.default:80/" }),
    "HTTP/1.1 to HTTP/2": () =>
      ask({ ...gateway, headers: { host: "h2c.default" } }).then(({ status }) => same(status, 200)),
    "HTTP/2 to HTTP/1.1": () => overHttp2(doors.gateway, "web.default"),
    "HTTP/2 to HTTP/2": () => overHttp2(doors.gateway, "h2c.default"),
    CONNECT: () =>
      spoken(
        doors.gateway,
        "CONNECT web.default:80 HTTP/1.1\r\nHost: web.default:80\r\n\r\n",
        /200/,
      ),
    SOCKS5: () =>
      spoken(
        doors.gateway,
        Buffer.from([5, 1, 0, 5, 1, 0, 3, 11, ...Buffer.from("web.default"), 0, 80]),
        /^\x05\0\x05\0/,
      ),
    upgrade: () => upgraded(doors.gateway),
    "a relay": () => web({ ...RELAY }),
    "TLS at the gateway": () =>
      web({ port: doors.https, headers: { host: "web.default" }, ...encrypted("web.default") }),
    "TLS that a listener ends": () =>
      web({ ...FRONT, headers: { host: "web.example" }, ...encrypted("web.example") }),
    "TLS that a listener passes on": () =>
      web({ ...FRONT, headers: { host: "secure.example" }, ...encrypted("secure.example") }),
    "TLS to a pod": () => web({ ...gateway, headers: { host: "inner.example" } }),
    "a stub": () => ask(STUB).then(({ status }) => same(status, 200)),
    "a stub over UDP": () =>
      datagram("hello", 5353, STUB.host).then((text) => same(/hello/.test(text), true)),
    "a UDP relay": () => datagram("hello", 5353, RELAY.host).then((text) => same(text, "hello")),
    "DNS over UDP": () => lookUp(doors.dns, "web.default.svc.cluster.local.", "127.96.77.1"),
    "DNS over TCP": async () => {
      same(await lookUpOverTcp(doors.dns, "web.default.svc.cluster.local."), "127.96.77.1");
    },
    "DNS upstream over UDP": () => lookUp(doors.dns, foreignName(), "192.0.2.7"),
    "DNS upstream over TCP": async () => {
      same(await lookUpOverTcp(doors.dns, foreignName()), "192.0.2.7");
    },
    "the control socket": () =>
      ask({ socketPath: doors.control, path: "/v1/info" }).then(({ status }) => same(status, 200)),
    metrics: () =>
      ask({ port: doors.admin, path: "/metrics" }).then(({ status }) => same(status, 200)),
  };
}

async function web(options: https.RequestOptions, body?: string): Promise<void> {
  const answer = await ask({ agent: false, ...options }, body);
  same(`${answer.status} ${answer.body}`, "200 web");
}

/** From anybody's certificate: who signed it is not what is asked here. */
function encrypted(servername: string): https.RequestOptions {
  return { protocol: "https:", servername, rejectUnauthorized: false };
}

export function ask(
  options: https.RequestOptions,
  body?: string,
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const { request } = options.protocol === "https:" ? https : http;
    const call = request({ host: "127.0.0.1", agent: false, ...options }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, body: text }));
      response.on("error", reject);
    });
    call.setTimeout(PATIENCE.now, () => call.destroy(new Error("no answer in time")));
    call.on("error", reject).end(body);
  });
}

function overHttp2(port: number, authority: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const done = (error?: Error) => {
      session.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    session.on("error", done);
    session.setTimeout(PATIENCE.now, () => done(new Error("no answer in time")));
    const stream = session.request({ ":authority": authority, ":path": "/" });
    let status: unknown;
    stream.on("response", (headers) => {
      status = headers[":status"];
    });
    stream.on("error", done);
    stream.on("close", () => done(status === 200 ? undefined : new Error(`status ${status}`)));
    stream.resume();
    stream.end();
  });
}

/** Says something on a connection, and sends a request through it when the answer is as it should be. */
function spoken(port: number, first: string | Buffer, answer: RegExp): Promise<void> {
  return onConnection(port, async (socket, heard) => {
    socket.write(first);
    await heard(answer);
    socket.write("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    await heard(/\r\n\r\n[\s\S]*web/);
  });
}

function upgraded(port: number): Promise<void> {
  return onConnection(port, async (socket, heard) => {
    socket.write(
      "GET / HTTP/1.1\r\nHost: web.default\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
    );
    await heard(/ 101 [\s\S]*\r\n\r\n/);
    socket.write("hello");
    await heard(/hello/);
  });
}

async function onConnection(
  port: number,
  talk: (socket: net.Socket, heard: (what: RegExp) => Promise<string>) => Promise<void>,
): Promise<void> {
  const socket = net.connect(port, "127.0.0.1");
  let text = "";
  let fail: (error: Error) => void = () => {};
  let look = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  socket.setTimeout(PATIENCE.now, () => fail(new Error("no answer in time")));
  socket.on("error", fail).on("close", () => fail(new Error("closed")));
  socket.setEncoding("latin1").on("data", (chunk) => {
    text += chunk;
    look();
  });
  const heard = (what: RegExp) => {
    const found = new Promise<string>((resolve) => {
      look = () => what.test(text) && resolve(text);
      look();
    });
    return Promise.race([found, failed]);
  };
  try {
    await talk(socket, heard);
  } finally {
    socket.destroy();
  }
}

function datagram(message: string | Uint8Array, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket("udp4");
    const done = (settle: () => void) => {
      clearTimeout(timer);
      socket.close();
      settle();
    };
    const timer = setTimeout(
      () => done(() => reject(new Error("no answer in time"))),
      PATIENCE.now,
    );
    socket.once("error", (error) => done(() => reject(error)));
    socket.once("message", (reply) => done(() => resolve(reply.toString("latin1"))));
    socket.bind(0, "127.0.0.1", () => socket.send(message, port, host));
  });
}

function query(name: string): Uint8Array {
  return encodeMessage({ id: 99, rd: true, questions: [{ name, type: "A", class: 1 }] });
}

async function lookUp(port: number, name: string, address: string): Promise<void> {
  const reply = await datagram(query(name), port, "127.0.0.1");
  same(addressIn(Buffer.from(reply, "latin1")), address);
}

async function lookUpOverTcp(port: number, name: string): Promise<unknown> {
  let reply = "";
  await onConnection(port, async (socket, heard) => {
    socket.write(frame(query(name)));
    reply = await heard(/^[\s\S]{14,}/);
  });
  const bytes = Buffer.from(reply, "latin1");
  return addressIn(bytes.subarray(2, 2 + bytes.readUInt16BE(0)));
}

function addressIn(reply: Buffer): unknown {
  const { rcode, answers } = decodeMessage(reply);
  const [answer] = answers as readonly { readonly data?: unknown }[];
  return answer?.data ?? rcode;
}

function same(found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${String(found)}, not ${String(expected)}`);
}
