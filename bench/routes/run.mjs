// What routes cost: `node bench/routes/run.mjs [DIST] [SECONDS] [ROUNDS]`. Linux; needs wrk, openssl and nginx.
// 10,000 HTTPRoutes on one Gateway; requests by a rule beside those by a Service's name; TLS beside nginx.
import { execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [dist = "dist", seconds = "3", rounds = "3"] = process.argv.slice(2);
/** Rounds that are not counted: JavaScript is compiled while it runs. */
const WARM_UP = 3;
const load = (path) => import(pathToFileURL(resolve(dist, path)).href);
const GROUP = "gateway.networking.k8s.io/v1";

const service = (name, port) => [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { clusterIP: "10.96.0.1", ports: [{ port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "shop", labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ port: port ?? 8080 }],
    endpoints: [{ addresses: ["127.0.0.1"] }],
  },
];
const gateway = {
  apiVersion: GROUP,
  kind: "Gateway",
  metadata: { name: "gw", namespace: "shop" },
  spec: { gatewayClassName: "any", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
};
const route = (name, hostnames, rules) => ({
  apiVersion: GROUP,
  kind: "HTTPRoute",
  metadata: { name, namespace: "shop" },
  spec: { parentRefs: [{ name: "gw" }], hostnames, rules },
});
const backendRefs = [{ name: "web", port: 80 }];
const THREE_RULES = [
  { matches: [{ path: { value: "/api" } }], backendRefs },
  { matches: [{ headers: [{ name: "x-version", value: "2" }] }], backendRefs },
  {
    filters: [
      {
        type: "RequestHeaderModifier",
        requestHeaderModifier: { set: [{ name: "x-route", value: "1" }] },
      },
    ],
    backendRefs,
  },
];

if (process.argv[2] === "--serve") await serve(...process.argv.slice(3));
else if (process.argv[2] === "--backend") await backend();
else await measure();

/** What stands behind, as a process of its own, too: who measures waits and does nothing else. */
async function backend() {
  const server = http.createServer((_req, res) => res.end("13 bytes long"));
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send(server.address().port);
}

/** The server under test, as a process of its own. */
async function serve(dist, backend, folder) {
  const { createEngine } = await import(pathToFileURL(resolve(dist, "engine/engine.js")).href);
  const engine = createEngine({ dataFolder: folder });
  await engine.load([
    ...service("web", Number(backend)),
    gateway,
    route("r", ["shop.example.com"], THREE_RULES),
  ]);
  const { gateway: plain, https } = await engine.listen({
    gateway: { listen: "127.0.0.1:0" },
    https: { listen: "127.0.0.1:0" },
  });
  process.send({ plain: plain.port, https: https.port });
}

async function measure() {
  console.log(`load ${loadavg()[0].toFixed(1)}, ${seconds} s, ${rounds} rounds, medians`);
  await manyRoutes();
  const work = mkdtempSync(join(tmpdir(), "kubelane-routes-"));
  const behind = fork(import.meta.filename, ["--backend"]);
  const [port] = await once(behind, "message");
  const child = fork(import.meta.filename, ["--serve", dist, String(port), join(work, "data")]);
  const [ports] = await once(child, "message");
  const { CertificateAuthority } = await load("certificates/authority.js");
  const authority = await CertificateAuthority.create("bench", new Date());
  const pair = await authority.issue({ commonName: "web", names: ["web"] }, new Date());
  writeFileSync(join(work, "cert.pem"), pair.cert);
  writeFileSync(join(work, "key.pem"), pair.key);
  const nginxPort = 18443;
  writeFileSync(
    join(work, "nginx.conf"),
    `daemon off; master_process off; pid ${work}/nginx.pid; error_log stderr error;
events {}
http { access_log off; client_body_temp_path ${work}; proxy_temp_path ${work}; fastcgi_temp_path ${work};
  uwsgi_temp_path ${work}; scgi_temp_path ${work};
  upstream pods { server 127.0.0.1:${port}; keepalive 64; }
  server { listen 127.0.0.1:${nginxPort} ssl; ssl_certificate ${work}/cert.pem; ssl_certificate_key ${work}/key.pem;
    location / { proxy_pass http://pods; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  const nginx = spawn("nginx", ["-c", join(work, "nginx.conf")], { stdio: "inherit" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  try {
    const byName = ["http", ports.plain, "web.shop"];
    const byRoute = ["http", ports.plain, "shop.example.com"];
    const kept = (on) => ["https", on, "web.shop"];
    const handshakes = (on) => ["handshakes", on];
    const rows = [
      ["requests by a rule ÷ by a Service's name", [child.pid, byRoute], [child.pid, byName]],
      [
        "TLS, kept connections ÷ nginx",
        [child.pid, kept(ports.https)],
        [nginx.pid, kept(nginxPort)],
      ],
      [
        "TLS, full handshakes ÷ nginx",
        [child.pid, handshakes(ports.https)],
        [nginx.pid, handshakes(nginxPort)],
      ],
    ];
    for (const [title, ours, theirs] of rows) {
      for (let round = 0; round < WARM_UP; round++) cpuPerRequest(...ours);
      const ratios = [];
      const times = [];
      for (let round = 0; round < Number(rounds); round++) {
        const a = cpuPerRequest(...ours);
        const b = cpuPerRequest(...theirs);
        ratios.push(b / a);
        times.push([a, b]);
      }
      const [a, b] = times[times.length >> 1];
      console.log(
        `${title}: ${median(ratios).toFixed(2)} (µs of CPU a request: ${a.toFixed(0)} and ${b.toFixed(0)})`,
      );
    }
  } finally {
    child.kill();
    nginx.kill();
    behind.kill();
    rmSync(work, { recursive: true });
  }
}

async function manyRoutes() {
  const { createEngine } = await load("engine/engine.js");
  const { RoutingPlan } = await load("routes/routing-plan.js");
  const N = 10_000;
  const rules = [{ backendRefs }];
  const objects = [
    ...service("web"),
    gateway,
    ...Array.from({ length: N }, (_, i) => route(`r${i}`, [`h${i}.example.com`], rules)),
  ];
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const engine = createEngine();
  let began = cpuTime();
  engine.store.apply(objects.map((object) => ({ op: "put", object })));
  const first = cpuTime() - began;
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed - before;
  const changes = [];
  for (let i = 0; i < 5; i++) {
    began = cpuTime();
    const object = route(`r${i}`, [`changed${i}.example.com`], rules);
    engine.store.apply([{ op: "put", object }]);
    changes.push(cpuTime() - began);
  }
  const plan = new RoutingPlan();
  const { everything } = plan.update(engine.store);
  const header = () => undefined;
  const find = (host, path) => everything.find({ method: "GET", host, path, query: "", header });
  if (find("h77.example.com", "/").rule?.source.name !== "r77") throw new Error("wrong rule");
  if ("rule" in find("h1.example.com", "/")) throw new Error("the changed route still answers");
  began = cpuTime();
  for (let i = 0; i < 1_000_000; i++) find(`h${(i % 9000) + 10}.example.com`, "/");
  const each = cpuTime() - began;
  console.log(
    `${N} HTTPRoutes: applied in ${first.toFixed(0)} ms of CPU, a change in ${median(changes).toFixed(0)} ms, ` +
      `${(heap / 1e6).toFixed(0)} MB, a match ${each.toFixed(0)} ns`,
  );
  await engine.close();
}

/** Milliseconds of CPU that this process has had. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Microseconds of CPU that a process spends on a request, or on a connection with nothing but a handshake. */
function cpuPerRequest(pid, [scheme, port, host]) {
  const began = cpuOf(pid);
  const count = scheme === "handshakes" ? countHandshakes(port) : countRequests(scheme, port, host);
  return (cpuOf(pid) - began) / count;
}

function countRequests(scheme, port, host) {
  const to = `${scheme}://127.0.0.1:${port}/`;
  const out = run("wrk", ["-t1", "-c16", `-d${seconds}s`, "-H", `Host: ${host}`, to]);
  if (/Non-2xx/.test(out)) throw new Error(out);
  return Number(/(\d+) requests in/.exec(out)?.[1]);
}

/** None resumes a session: wrk would, and a resumed handshake signs nothing. */
function countHandshakes(port) {
  const to = ["-connect", `127.0.0.1:${port}`];
  const out = run("openssl", ["s_time", "-new", "-time", seconds, ...to]);
  return Number(/(\d+) connections in \d+ real/.exec(out)?.[1]);
}

function run(program, words) {
  return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
