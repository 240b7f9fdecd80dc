// Gateway and relays against nginx, HAProxy, node-http-proxy and Node's own limit:
// `node bench/proxy/run.mjs [DIST] [SECONDS] [ROUNDS] [ROW...]`; without rows, all of them.
// Core 0: load and backends; core 1: the contender under test. Linux; needs nginx, haproxy, wrk, h2load,
// and go for the UDP row.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { contenders, PORTS, startBackends, startUdpBackend, stopAll } from "./contenders.mjs";
import { h2load, udp, wrk } from "./load.mjs";

const [dist = "dist", seconds = "3", rounds = "3", ...wanted] = process.argv.slice(2);
const here = import.meta.dirname;
const work = mkdtempSync(join(tmpdir(), "kubelane-bench-"));
const udpBinary = join(work, "udp");

const small = (port) => wrk(seconds, port, "/small");
const large = (port) => wrk(seconds, port, "/64k");
const fresh = (port) => wrk(seconds, port, "/small", ["-H", "Connection: close"]);
const streams = (port) => h2load(seconds, port, "/small");
const datagrams = (port) => udp(udpBinary, seconds, port);

/** By name: a title, the load, and who is under it at which port. */
const ROWS = {
  gateway: [
    "gateway, 13 bytes",
    small,
    {
      nginx: PORTS.nginx,
      haproxy: PORTS.haproxyHttp,
      kubelane: PORTS.gateway,
      nodeHttpProxy: PORTS.nodeHttpProxy,
      nodeHttpProxyXfwd: PORTS.nodeHttpProxyXfwd,
      limitHttp1: PORTS.limitHttp1,
    },
  ],
  "gateway-64k": [
    "gateway, 64 KB",
    large,
    { nginx: PORTS.nginx, kubelane: PORTS.gateway, nodeHttpProxy: PORTS.nodeHttpProxy },
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
  http2: [
    "gateway, HTTP/2 to HTTP/1.1",
    streams,
    { nginx: PORTS.nginxHttp2, kubelane: PORTS.gateway, limitHttp2: PORTS.limitHttp2 },
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
      const result = load(ports[name]);
      const used = child === undefined ? Number.NaN : cpu(child) - before;
      if (round > 0) results[name].push({ ...result, cpu: (used * 1000) / result.count });
    }
  }
  print(title, results);
}

function print(title, results) {
  const pick = (name, key) => median(results[name].map((run) => run[key] ?? Number.NaN));
  console.log(`\n${title}`);
  const names = Object.keys(results);
  const peers = names.filter((name) => name !== "kubelane");
  for (const name of names) {
    const rate = pick(name, "rate").toFixed(0).padStart(8);
    const used = pick(name, "cpu").toFixed(1).padStart(6);
    const failed = results[name].some((run) => run.failed) ? "  ERRORS" : "";
    const p99 = pick(name, "p99").toFixed(1);
    console.log(`  ${name.padEnd(18)} ${rate}/s  ${used} µs CPU  p99 ${p99} ms${failed}`);
  }
  for (const key of ["rate", "cpu", "p99"]) {
    const ratios = peers
      .map((peer) => [peer, pick("kubelane", key) / pick(peer, key)])
      .filter(([, ratio]) => Number.isFinite(ratio))
      .map(([peer, ratio]) => `÷ ${peer} ${ratio.toFixed(2)}`);
    if (ratios.length > 0) console.log(`  ${key.padEnd(4)} ${ratios.join(", ")}`);
  }
}

const names = wanted.length === 0 ? [...Object.keys(ROWS), "start"] : wanted;
try {
  startBackends(work);
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
    const row = ROWS[name];
    if (row === undefined) throw new Error(`no row ${name}; there are ${Object.keys(ROWS)}, start`);
    await measure(row, processOf);
  }
} finally {
  stopAll();
  rmSync(work, { recursive: true, force: true });
}
