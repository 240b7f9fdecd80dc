// Queries per server CPU-second over UDP: kubelane, CoreDNS, Node's limit, a server on dns-packet.
//
// node bench/dns/servers.mjs [--dist DIR] [--coredns BINARY] [--services N] [--names N] [--changes N]
//                            [--headless] [--rounds N] [--seconds N]
//
// Needs dnsperf, dig and taskset. Server on core 1, load on core 0; contenders in turn inside each round;
// CPU time from the server process's own accounting, so others on the machine disturb little.
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startApiServer } from "./api-server.mjs";
import { makeCluster, makeSlice } from "./cluster.mjs";
import { everySecond } from "./every-second.mjs";

const { values } = parseArgs({
  options: {
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    coredns: { type: "string" },
    services: { type: "string", default: "100" },
    names: { type: "string", default: "100" },
    changes: { type: "string", default: "0" },
    headless: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    clients: { type: "string", default: "32" },
  },
});
const services = Number(values.services);
const changes = Number(values.changes);
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"]).toString());
let underTest = "";
const folder = mkdtempSync(join(tmpdir(), "kubelane-bench-"));
const { objects, names } = makeCluster(services, values.headless);

let seed = 42;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const queries = join(folder, "queries.txt");
const asked = Array.from({ length: Math.max(10_000, Number(values.names)) }, (_, i) =>
  Number(values.names) <= 100 ? names[i % 100] : names[Math.floor(random() * names.length)],
);
writeFileSync(queries, asked.map((name) => `${name} A\n`).join(""));

/** Seconds of CPU a process has used so far, all its threads. */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

async function start(name, port) {
  const pinned = ["-c", "1"];
  if (name !== "coredns") {
    const script = join(import.meta.dirname, "contenders.mjs");
    const args = [
      process.execPath,
      script,
      name,
      port,
      values.dist,
      services,
      changes,
      values.headless,
    ];
    const child = spawn("taskset", [...pinned, ...args.map(String)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((done) => child.stdout.once("data", done));
    return { pid: child.pid, stop: () => child.kill("SIGKILL") };
  }
  const api = await startApiServer(objects);
  const corefile = join(folder, "Corefile");
  writeFileSync(
    corefile,
    `.:${port} {\n bind 127.0.0.1\n kubernetes cluster.local in-addr.arpa ip6.arpa {\n  endpoint ${api.url}\n  pods insecure\n  ttl 5\n }\n loadbalance\n}\n`,
  );
  const child = spawn("taskset", [...pinned, values.coredns, "-conf", corefile], {
    stdio: "ignore",
    env: { ...process.env, GOMAXPROCS: "1" },
  });
  const change = (i) => api.put(makeSlice(i % services, 1 + Math.floor(i / services)));
  const timer = everySecond(changes, change, () => underTest === "coredns");
  const stop = () => {
    clearInterval(timer);
    child.kill("SIGKILL");
    api.close();
  };
  return { pid: child.pid, stop };
}

/** Asks a server for the last ClusterIP, to see that it answers what it should; it may take its time to start. */
async function check(name, port) {
  if (name === "limit") return;
  const i = services - 2;
  const expected = objects.find((o) => o.kind === "Service" && o.metadata.name === `svc-${i}`);
  const at = ["@127.0.0.1", "-p", String(port), "+short", "+time=1", "+tries=1"];
  for (let attempt = 0; attempt < 100; attempt++) {
    // Not synchronously: CoreDNS reads its objects from this process.
    const text = await new Promise((done) =>
      execFile("dig", [...at, names[i], "A"], (_, stdout) => done(stdout.trim())),
    );
    if (text === expected.spec.clusterIP) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`${name} does not answer ${names[i]}`);
}

/** @param limit what ends it: `-l` and seconds, or `-n` and how often each name is asked */
function load(port, ...limit) {
  return new Promise((done, failed) => {
    const args = ["-s", "127.0.0.1", "-p", port, "-d", queries, ...limit, "-c", values.clients];
    const child = spawn("taskset", ["-c", "0", "dnsperf", ...args.map(String), "-q", "100"]);
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.on("error", failed);
    child.on("close", () => {
      const number = (label) => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(text)?.[1]);
      const codes = /Response codes:\s+(.*)/.exec(text)?.[1];
      done({
        completed: number("Queries completed"),
        lost: number("Queries lost"),
        perSecond: number("Queries per second"),
        latency: number("Average Latency \\(s\\)") * 1e6,
        codes,
      });
    });
  });
}

const contenders = ["kubelane", ...(values.coredns ? ["coredns"] : []), "limit", "dns-packet"];
const servers = new Map();
process.once("exit", () => {
  for (const { stop } of servers.values()) stop();
});
// Below the ports that systems hand out by themselves.
let port = 21_000 + Math.floor(Math.random() * 11_000);
for (const name of contenders) {
  const server = { ...(await start(name, ++port)), port, rounds: [] };
  servers.set(name, server);
  await check(name, port);
}
/** Only the server under test runs; the others stand still. */
function turnTo(name) {
  underTest = name;
  for (const [other, { pid }] of servers) process.kill(pid, other === name ? "SIGCONT" : "SIGSTOP");
}
for (const [name, { port }] of servers) {
  turnTo(name);
  // Each name once.
  await load(port, "-n", 1);
}
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, server] of servers) {
    turnTo(name);
    const before = cpuSeconds(server.pid);
    const result = await load(server.port, "-l", values.seconds);
    const cpu = cpuSeconds(server.pid) - before;
    server.rounds.push({ ...result, perCpuSecond: result.completed / cpu });
  }
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const summary = [...servers].map(([name, { rounds }]) => ({
  name,
  "k queries / CPU-s (median)": +(median(rounds.map((r) => r.perCpuSecond)) / 1000).toFixed(1),
  "(best)": +(Math.max(...rounds.map((r) => r.perCpuSecond)) / 1000).toFixed(1),
  "latency µs": Math.round(median(rounds.map((r) => r.latency))),
  "queries/s": Math.round(median(rounds.map((r) => r.perSecond))),
  lost: rounds.reduce((sum, r) => sum + r.lost, 0),
  codes: rounds.at(-1).codes,
}));
const half = values.headless ? ", every other headless" : "";
console.log(
  `${services} Services${half}, ${values.names} names, ${changes} endpoint changes a second`,
);
console.table(summary);
const rate = (name) => median(servers.get(name).rounds.map((r) => r.perCpuSecond));
const ratios = contenders
  .slice(1)
  .map((name) => `${(rate("kubelane") / rate(name)).toFixed(2)} × ${name}`);
console.log(`kubelane is ${ratios.join(", ")}`);
process.exit(0);
