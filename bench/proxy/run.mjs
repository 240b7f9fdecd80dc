// Gateway and relays against nginx, HAProxy, node-http-proxy and Node's own limit:
// `node bench/proxy/run.mjs [DIST] [SECONDS] [ROUNDS] [ROW...]`; without rows, all of them.
// Core 0: load and backends; core 1: the contender under test. Linux; needs nginx, haproxy, wrk, h2load, nghttpd
// for the gRPC row, and go for those of UDP and WebSocket.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  contenders,
  PORTS,
  startBackends,
  startGrpcBackend,
  startUdpBackend,
  startWebSocketBackend,
  stopAll,
} from "./contenders.mjs";
import { FIELDS, h2load, inFlight, wrk } from "./load.mjs";

const [dist = "dist", seconds = "3", rounds = "3", ...wanted] = process.argv.slice(2);
const here = import.meta.dirname;
const work = mkdtempSync(join(tmpdir(), "kubelane-bench-"));
const udpBinary = join(work, "udp");

const webSocketBinary = join(work, "websocket");
const callFile = join(work, "call");
const postScript = join(work, "post.lua");

const path = (name, extra, connections) => (port) => wrk(seconds, port, name, extra, connections);
const small = path("/small");
const large = path("/64k");
const json = path("/json", FIELDS);
const jsonOf200 = path("/json", FIELDS, 200);
const post = path("/post", ["-s", postScript]);
const chunked = path("/chunked");
const fresh = path("/small", ["-H", "Connection: close"]);
const over = (name, options) => (port) => h2load(seconds, port, name, options);
const openLoop = over("/json", { args: ["--h1", "-c50", "--rps=100", ...h1Fields()] });
const streams = over("/small", { args: ["-c16", "-m8"] });
const hundred = over("/small", { args: ["-c1", "-m100"] });
const calls = over("/call", {
  authority: "calls.shop",
  args: [
    "-c16",
    "-m8",
    "-d",
    callFile,
    "-H",
    "content-type: application/grpc",
    "-H",
    "te: trailers",
  ],
});
const datagrams = (port) => inFlight(udpBinary, seconds, port);
const messages = (port) => inFlight(webSocketBinary, seconds, port);

/** {@link FIELDS} as h2load takes them. */
function h1Fields() {
  return FIELDS.map((word) => (word === "-H" ? "--header" : word));
}

const HTTP = { nginx: PORTS.nginx, haproxy: PORTS.haproxyHttp, kubelane: PORTS.gateway };
const PEERS = { ...HTTP, nodeHttpProxy: PORTS.nodeHttpProxy };

/** By name: a title, the load, and who is under it at which port. */
const ROWS = {
  gateway: [
    "gateway, 13 bytes",
    small,
    { ...PEERS, nodeHttpProxyXfwd: PORTS.nodeHttpProxyXfwd, limitHttp1: PORTS.limitHttp1 },
  ],
  "gateway-json": ["gateway, 12 fields and 800 bytes of JSON", json, PEERS],
  "gateway-200": ["gateway, the same over 200 connections", jsonOf200, PEERS],
  "gateway-post": ["gateway, POST of 2 KB", post, PEERS],
  "gateway-chunked": ["gateway, an answer in chunks", chunked, PEERS],
  "gateway-open": ["gateway, 5,000 requests a second, whoever is slow", openLoop, PEERS],
  "gateway-new": ["gateway, a connection per request", fresh, PEERS],
  "gateway-64k": ["gateway, 64 KB", large, PEERS],
  websocket: [
    "gateway, WebSocket messages of 100 bytes",
    messages,
    {
      nginx: PORTS.nginxWebSocket,
      haproxy: PORTS.haproxyWebSocket,
      kubelane: PORTS.gatewayWebSocket,
    },
  ],
  http2: [
    "gateway, HTTP/2 to HTTP/1.1, 16 connections with 8 streams",
    streams,
    {
      nginx: PORTS.nginxHttp2,
      haproxy: PORTS.haproxyHttp,
      kubelane: PORTS.gateway,
      limitHttp2: PORTS.limitHttp2,
    },
  ],
  "http2-100": [
    "gateway, HTTP/2 to HTTP/1.1, 1 connection with 100 streams",
    hundred,
    { nginx: PORTS.nginxHttp2, haproxy: PORTS.haproxyHttp, kubelane: PORTS.gateway },
  ],
  grpc: [
    "gateway, gRPC, unary calls",
    calls,
    { nginx: PORTS.nginxGrpc, haproxy: PORTS.haproxyGrpc, kubelane: PORTS.gateway },
  ],
  relay: [
    "relay, keep-alive, 13 bytes",
    small,
    { haproxy: PORTS.haproxyTcp, kubelane: PORTS.relay, limitTcp: PORTS.limitTcp },
  ],
  "relay-64k": [
    "relay, 64 KB",
    large,
    {
      nginx: PORTS.nginx,
      haproxy: PORTS.haproxyTcp,
      kubelane: PORTS.relay,
      limitTcp: PORTS.limitTcp,
    },
  ],
  "relay-new": [
    "relay, a connection per request",
    fresh,
    { haproxy: PORTS.haproxyTcp, kubelane: PORTS.relay, limitTcp: PORTS.limitTcp },
  ],
  udp: [
    "relay, UDP",
    datagrams,
    { direct: PORTS.udpDirect, kubelane: PORTS.udpRelay, limitUdp: PORTS.limitUdp },
  ],
};

/** CPU time of a process in milliseconds, by the kernel's own accounting. */
function cpu(child) {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resolves when somebody listens there. */
async function accepts(port) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const socket = net.connect({ host: "127.0.0.1", port });
    const connected = await new Promise((done) => {
      socket.once("connect", () => done(true));
      socket.once("error", () => done(false));
    });
    socket.destroy();
    if (connected) return;
    if (Date.now() > deadline) throw new Error(`nobody listens on ${port}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** On a busy machine one round may be too little for a compiler at run time. */
const WARM = 30_000;
const MAX_WARM_UPS = 6;

function warmUp(load, port) {
  let result = { count: 0 };
  for (let i = 0, served = 0; i < MAX_WARM_UPS && served < WARM; i++, served += result.count) {
    result = load(port);
  }
  return result;
}

/** Runs a row: contenders take turns in every round, the first of which warms up. */
async function measure([title, load, ports], processOf) {
  const names = Object.keys(ports);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  const processes = Object.fromEntries(
    names.map((name) => [name, name === "direct" ? undefined : processOf(name)]),
  );
  await new Promise((done) => setTimeout(done, 500));
  for (const port of Object.values(ports)) if (load !== datagrams) await accepts(port);
  for (let round = 0; round <= Number(rounds); round++) {
    for (const name of names) {
      const child = processes[name];
      const before = child === undefined ? 0 : cpu(child);
      const result = round > 0 ? load(ports[name]) : warmUp(load, ports[name]);
      const used = child === undefined ? Number.NaN : cpu(child) - before;
      if (round > 0) results[name].push({ ...result, cpu: (used * 1000) / result.count });
    }
  }
  print(title, results);
}

/** `0.83 (0.79 to 0.90)`: the median of the rounds' own ratios, and their range. */
function ratio(results, peer, key, inverse) {
  const rounds = results.kubelane.map((run, i) => {
    const other = results[peer][i];
    return inverse ? other[key] / run[key] : run[key] / other[key];
  });
  if (!rounds.every(Number.isFinite)) return undefined;
  const [least, most] = [Math.min(...rounds), Math.max(...rounds)];
  return `÷ ${peer} ${median(rounds).toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function print(title, results) {
  const pick = (name, key) => median(results[name].map((run) => run[key] ?? Number.NaN));
  const load = loadavg()[0].toFixed(1);
  console.log(`\n${title} (Node ${process.versions.node}, ${rounds} rounds, load ${load})`);
  const names = Object.keys(results);
  const peers = names.filter((name) => name !== "kubelane");
  for (const name of names) {
    const rate = pick(name, "rate").toFixed(0).padStart(8);
    const used = pick(name, "cpu").toFixed(1).padStart(6);
    const failed = results[name].some((run) => run.failed) ? "  ERRORS" : "";
    const times = ["p50", "p99", "p999"]
      .filter((key) => Number.isFinite(pick(name, key)))
      .map((key) => `${key} ${pick(name, key).toFixed(1)}`)
      .join(", ");
    console.log(`  ${name.padEnd(18)} ${rate}/s  ${used} µs CPU  ${times} ms${failed}`);
  }
  for (const [label, key, inverse] of [
    ["per core", "cpu", true],
    ["rate", "rate", false],
    ["p99", "p99", false],
  ]) {
    const all = peers.map((peer) => ratio(results, peer, key, inverse)).filter(Boolean);
    if (all.length > 0) console.log(`  ${label.padEnd(8)} ${all.join(", ")}`);
  }
}

const names = wanted.length === 0 ? [...Object.keys(ROWS), "start"] : wanted;
try {
  startBackends(work);
  const twoKilobytes = "x".repeat(2048);
  writeFileSync(callFile, Buffer.from("\0\0\0\0\x08abcdefgh", "latin1"));
  writeFileSync(postScript, `wrk.method = "POST"\nwrk.body = "${twoKilobytes}"\n`);
  const processOf = contenders(work, dist);
  for (const name of names) {
    if (name === "start") {
      const start = [join(here, "start.mjs"), resolve(dist)];
      console.log(`\n10,000 Services with a relay each`);
      execFileSync(process.execPath, start, { stdio: "inherit" });
      continue;
    }
    if (name === "udp") {
      execFileSync("go", ["build", "-o", udpBinary, "."], { cwd: join(here, "udp") });
      startUdpBackend(udpBinary);
    }
    if (name === "websocket") {
      const cwd = join(here, "websocket");
      execFileSync("go", ["build", "-o", webSocketBinary, "."], { cwd });
      startWebSocketBackend(webSocketBinary);
    }
    if (name === "grpc") startGrpcBackend(work);
    const row = ROWS[name];
    if (row === undefined) throw new Error(`no row ${name}; there are ${Object.keys(ROWS)}, start`);
    await measure(row, processOf);
  }
} finally {
  stopAll();
  rmSync(work, { recursive: true, force: true });
}
