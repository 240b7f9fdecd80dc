// Gateway and relay against nginx, HAProxy and node-http-proxy: `node bench/proxy/run.mjs DIST [SECONDS] [ROUNDS]`.
// Core 0: load and three nginx backends; core 1: the contender under test. Needs nginx, haproxy, wrk and h2load.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [dist = "dist", seconds = "3", rounds = "3"] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "kubelane-bench-"));
const BACKENDS = [19101, 19102, 19103];
const PORTS = {
  gateway: 18080,
  relay: 18081,
  nginx: 18190,
  haproxyTcp: 18191,
  haproxyHttp: 18192,
  nodeHttpProxy: 18193,
};
const children = [];

function start(core, command, args) {
  const child = spawn("taskset", ["-c", String(core), command, ...args], { stdio: "ignore" });
  children.push(child);
  return child;
}

function nginxConf(name, http) {
  const dirs = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temp = dirs.map((d) => `${d}_temp_path ${work}/${name}-${d};`).join(" ");
  const file = join(work, `${name}.conf`);
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${work}/${name}.pid; error_log ${work}/${name}.err;
events { worker_connections 8192; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; ${temp} ${http} }`,
  );
  return file;
}

mkdirSync(join(work, "www"));
writeFileSync(join(work, "www", "64k"), Buffer.alloc(65536, "x"));
const listen = BACKENDS.map((port) => `listen 127.0.0.1:${port} backlog=4096;`).join(" ");
start(0, "nginx", [
  "-c",
  nginxConf(
    "backend",
    `server { ${listen} location /small { return 200 "hello, world\\n"; } location / { root ${work}/www; } }`,
  ),
]);
const servers = BACKENDS.map((port) => `server 127.0.0.1:${port};`).join(" ");
const contenders = {};
contenders.nginx = start(1, "nginx", [
  "-c",
  nginxConf(
    "proxy",
    `proxy_buffers 8 16k; proxy_buffer_size 16k; proxy_busy_buffers_size 64k;
upstream web { ${servers} keepalive 256; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${PORTS.nginx} backlog=4096; listen 127.0.0.1:${PORTS.nginx + 100} http2 backlog=4096;
location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }`,
  ),
]);
const haproxy = join(work, "haproxy.cfg");
const list = BACKENDS.map((port, i) => `  server s${i} 127.0.0.1:${port}`).join("\n");
writeFileSync(
  haproxy,
  `global
  nbthread 1
  maxconn 8192
defaults
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen tcp
  mode tcp
  bind 127.0.0.1:${PORTS.haproxyTcp} backlog 4096
${list}
listen http
  mode http
  bind 127.0.0.1:${PORTS.haproxyHttp} backlog 4096
  http-reuse always
${list}
`,
);
contenders.haproxy = start(1, "haproxy", ["-db", "-f", haproxy]);
contenders.kubelane = start(1, process.execPath, [
  join(here, "gateway-server.mjs"),
  resolve(dist),
  "http1",
  ...BACKENDS.map(String),
]);
contenders.nodeHttpProxy = start(1, process.execPath, [
  join(here, "peer-server.mjs"),
  String(PORTS.nodeHttpProxy),
  ...BACKENDS.map(String),
]);

/** CPU time of a process in milliseconds, by the kernel's own accounting. */
function cpu(child) {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function wrk(port, path, extra = []) {
  const out = execFileSync(
    "taskset",
    [
      "-c",
      "0",
      "wrk",
      "-t1",
      "-c64",
      `-d${seconds}s`,
      "--latency",
      "-H",
      "Host: web.shop",
      ...extra,
      `http://127.0.0.1:${port}${path}`,
    ],
    { encoding: "utf8" },
  );
  const p99 = /99%\s+([\d.]+)(us|ms|s)/.exec(out);
  const scale = { us: 0.001, ms: 1, s: 1000 };
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]),
    count: Number(/(\d+) requests in/.exec(out)[1]),
    errors: /Non-2xx|Socket errors/.test(out),
    p99: Number(p99[1]) * scale[p99[2]],
  };
}

function h2load(port) {
  const out = execFileSync(
    "taskset",
    [
      "-c",
      "0",
      "h2load",
      "-c16",
      "-m8",
      `-D${seconds}`,
      "--header",
      ":authority: web.shop",
      `http://127.0.0.1:${port}/small`,
    ],
    { encoding: "utf8" },
  );
  const [, rate] = /finished in [\d.]+\w+, ([\d.]+) req\/s/.exec(out);
  const [, count, ok] = /requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded/.exec(out);
  return { rate: Number(rate), count: Number(count), errors: count !== ok, p99: Number.NaN };
}

const small = (port) => wrk(port, "/small");
const large = (port) => wrk(port, "/64k");
const fresh = (port) => wrk(port, "/small", ["-H", "Connection: close"]);
const TESTS = [
  [
    "gateway, 13 bytes",
    small,
    {
      nginx: PORTS.nginx,
      haproxy: PORTS.haproxyHttp,
      kubelane: PORTS.gateway,
      nodeHttpProxy: PORTS.nodeHttpProxy,
    },
  ],
  [
    "gateway, 64 KB",
    large,
    { nginx: PORTS.nginx, kubelane: PORTS.gateway, nodeHttpProxy: PORTS.nodeHttpProxy },
  ],
  ["relay, keep-alive, 13 bytes", small, { haproxy: PORTS.haproxyTcp, kubelane: PORTS.relay }],
  ["relay, 64 KB", large, { nginx: PORTS.nginx, haproxy: PORTS.haproxyTcp, kubelane: PORTS.relay }],
  ["relay, a connection per request", fresh, { haproxy: PORTS.haproxyTcp, kubelane: PORTS.relay }],
  ["gateway, HTTP/2 to HTTP/1.1", h2load, { nginx: PORTS.nginx + 100, kubelane: PORTS.gateway }],
];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
try {
  await new Promise((r) => setTimeout(r, 2_000));
  for (const [name, load, ports] of TESTS) {
    const results = Object.fromEntries(Object.keys(ports).map((contender) => [contender, []]));
    for (let round = 0; round <= Number(rounds); round++) {
      for (const [contender, port] of Object.entries(ports)) {
        const before = cpu(contenders[contender]);
        const result = load(port);
        const used = cpu(contenders[contender]) - before;
        // The first round warms up.
        if (round > 0) results[contender].push({ ...result, cpu: (used * 1000) / result.count });
      }
    }
    console.log(`\n${name}`);
    for (const [contender, runs] of Object.entries(results)) {
      const pick = (key) => median(runs.map((run) => run[key]));
      const errors = runs.some((run) => run.errors) ? "  ERRORS" : "";
      console.log(
        `  ${contender.padEnd(14)} ${pick("rate").toFixed(0).padStart(8)}/s  ${pick("cpu").toFixed(1).padStart(6)} µs CPU  p99 ${pick("p99").toFixed(1)} ms${errors}`,
      );
    }
  }
} finally {
  for (const child of children) child.kill("SIGTERM");
  rmSync(work, { recursive: true, force: true });
}
