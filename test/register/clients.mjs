// Every client of the table against one Service, in a plain Node program: prints what each of them got.
import dns from "node:dns";
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { text } from "node:stream/consumers";
import tls from "node:tls";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import { Redis } from "ioredis";
import pg from "pg";
import { Agent, request, fetch as undiciFetch } from "undici";

const [host, portsJson] = process.argv.slice(2);
const ports = JSON.parse(portsJson);
const url = (scheme, port) => `${scheme}://${host}:${ports[port]}/`;

const get = (module, target, options) =>
  new Promise((resolve, reject) => {
    module.get(target, options, (response) => resolve(text(response))).on("error", reject);
  });

/** Twice with one agent: the second time on a kept connection, where it keeps them. */
async function withAgent(module, target, options) {
  const agent = new module.Agent(options);
  const first = await get(module, target, { agent });
  const second = await get(module, target, { agent });
  agent.destroy();
  return first === second ? first : `${first} and ${second}`;
}

function h2(target) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(target).on("error", reject);
    // The stream only hears that its session has failed.
    const stream = session.request({ ":path": "/" });
    text(stream)
      .then(resolve, () => {})
      .finally(() => session.close());
  });
}

function echo(socket) {
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.end("echo");
    resolve(text(socket));
  });
}

async function postgres(ssl) {
  const client = new pg.Client({ host, port: ports.postgres, user: "u", database: "d", ssl });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query("SELECT said");
  await client.end();
  return rows[0].said;
}

async function redis(port, options) {
  const client = new Redis({
    host,
    port,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    ...options,
  });
  let failed;
  client.on("error", (error) => {
    failed = error;
  });
  try {
    await client.connect();
    return await client.get("key");
  } catch (error) {
    throw failed ?? error;
  } finally {
    client.disconnect();
  }
}

const identity = (value) => Buffer.from(value);
function grpcSay(port, credentials) {
  const client = new grpc.Client(`${host}:${port}`, credentials);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest("/test.Echo/Say", identity, String, "grpc", (error, answer) => {
      client.close();
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

const ca = () => readFileSync(process.env.NODE_EXTRA_CA_CERTS);
const undici = async (target, options) => (await request(target, options)).body.text();

const clients = {
  fetch: async () => (await fetch(url("http", "http"))).text(),
  "fetch, kept connection": async () => (await fetch(url("http", "http"))).text(),
  "fetch, connection: close": async () =>
    (await fetch(url("http", "http"), { headers: { connection: "close" } })).text(),
  "fetch over TLS": async () => (await fetch(url("https", "https"))).text(),
  "http.get": () => get(http, url("http", "http"), {}),
  "http.get without agent": () => get(http, url("http", "http"), { agent: false }),
  "http.Agent with keepAlive": () => withAgent(http, url("http", "http"), { keepAlive: true }),
  "http.Agent without keepAlive": () => withAgent(http, url("http", "http"), { keepAlive: false }),
  "https.get": () => get(https, url("https", "https"), {}),
  "https.Agent with keepAlive": () => withAgent(https, url("https", "https"), { keepAlive: true }),
  "https.Agent without keepAlive": () =>
    withAgent(https, url("https", "https"), { keepAlive: false }),
  http2: () => h2(url("http", "h2c")),
  "http2 over TLS": () => h2(url("https", "h2")),
  "undici.request": () => undici(url("http", "http")),
  "undici.request, connection closed after it": () => undici(url("http", "http"), { reset: true }),
  "undici.request over TLS": () => undici(url("https", "https")),
  "undici.fetch": async () => (await undiciFetch(url("http", "http"))).text(),
  "undici.Agent of its own": () => undici(url("http", "http"), { dispatcher: new Agent() }),
  pg: () => postgres(false),
  "pg over TLS": () => postgres(true),
  ioredis: () => redis(ports.redis),
  "ioredis over TLS": () => redis(ports.rediss, { tls: {} }),
  "@grpc/grpc-js": () => grpcSay(ports.grpc, grpc.credentials.createInsecure()),
  "@grpc/grpc-js over TLS": () => grpcSay(ports.grpcs, grpc.credentials.createSsl(ca())),
  "net.connect(port, host)": () => echo(net.connect(ports.echo, host)),
  "net.connect({ host, port })": () => echo(net.connect({ host, port: ports.echo })),
  "new net.Socket().connect()": () => echo(new net.Socket().connect(ports.echo, host)),
  "tls.connect": () => echo(tls.connect({ host, port: ports["echo-tls"], servername: host })),
  "tls.connect without servername": () => echo(tls.connect(ports["echo-tls"], host)),
  "tls.connect on a connected socket": async () => {
    const socket = net.connect(ports["echo-tls"], host);
    await new Promise((resolve, reject) => socket.on("connect", resolve).on("error", reject));
    return echo(tls.connect({ socket, servername: host }));
  },
  "a connection to the address of dns.lookup": async () => {
    const { address } = await promisify(dns.lookup)(host);
    return echo(net.connect(ports.echo, address));
  },
  "a connection to the address of dns.promises.lookup": async () => {
    const [{ address }] = await lookup(host, { all: true });
    return echo(net.connect(ports.echo, address));
  },
};

const results = {};
for (const [name, run] of Object.entries(clients)) {
  try {
    results[name] = await run();
  } catch (error) {
    // fetch puts the connection's error into the cause of its own.
    const inner = error instanceof TypeError && error.cause ? error.cause : error;
    results[name] = { code: inner.code, message: inner.message, cause: inner.cause?.message };
  }
}
process.stdout.write(JSON.stringify(results));
// undici and fetch keep connections for some seconds.
process.exit(0);
