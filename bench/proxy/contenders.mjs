// What is measured, as processes: backends on core 0, contenders on core 1, one at a time under load.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const BACKENDS = [19101, 19102, 19103];
const UDP_BACKEND = 19110;
const WEBSOCKET_BACKEND = 19111;
const GRPC_BACKEND = 19112;
/** Where each of them listens. */
export const PORTS = {
  gateway: 18080,
  relay: 18081,
  udpRelay: 18082,
  gatewayWebSocket: 18080,
  nginxGrpc: 18291,
  nginxWebSocket: 18292,
  haproxyGrpc: 18293,
  haproxyWebSocket: 18294,
  udpDirect: UDP_BACKEND,
  nginx: 18190,
  nginxHttp2: 18290,
  haproxyTcp: 18191,
  haproxyHttp: 18192,
  nodeHttpProxy: 18193,
  nodeHttpProxyXfwd: 18194,
  limitTcp: 18195,
  limitHttp2: 18196,
  limitUdp: 18197,
  limitHttp1: 18198,
};

const children = [];

function start(core, command, args) {
  const child = spawn("taskset", ["-c", String(core), command, ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.push(child);
  return child;
}

export function stopAll() {
  for (const child of children) child.kill("SIGTERM");
}

/** @param work a folder for their files; removed by the caller. */
export function startBackends(work) {
  mkdirSync(join(work, "www"));
  // Includes make nginx answer in chunks, as it doesn't know the length before.
  writeFileSync(join(work, "www", "chunked"), '<!--# include virtual="/small" -->'.repeat(3));
  writeFileSync(join(work, "www", "json"), JSON.stringify(answer()));
  writeFileSync(join(work, "www", "64k"), Buffer.alloc(65536, "x"));
  const listen = BACKENDS.map((port) => `listen 127.0.0.1:${port} backlog=4096;`).join(" ");
  const server = `server { ${listen} location /small { return 200 "hello, world\\n"; } location /chunked { root ${work}/www; ssi on; ssi_types *; }
location = /json { root ${work}/www; default_type application/json; ${FIELDS} }
location = /post { return 200 "taken\\n"; } location / { root ${work}/www; } }`;
  start(0, "nginx", ["-c", nginxConf(work, "backend", server)]);
}

/** About 800 bytes, as an API might answer. */
function answer() {
  const item = (id) => ({ id, name: `article ${id}`, price: id * 100, tags: ["new", "sale"] });
  return { total: 1_000, page: 1, items: Array.from({ length: 11 }, (_, i) => item(1_000 + i)) };
}

/** With those that nginx adds by itself, twelve. */
const FIELDS = [
  ["Cache-Control", "no-cache, private"],
  ["X-Request-Id", "b3d9a1e0-8b1f-4c52-9a50-2f7a5b0d7d11"],
  ["Vary", "Accept-Encoding, Origin"],
  ["X-Frame-Options", "DENY"],
  ["X-Content-Type-Options", "nosniff"],
  ["Set-Cookie", "session=0123456789abcdef; Path=/; HttpOnly"],
]
  .map(([name, value]) => `add_header ${name} "${value}";`)
  .join(" ");

/** @param binary the built `websocket` folder. */
export function startWebSocketBackend(binary) {
  start(0, binary, ["echo", `127.0.0.1:${WEBSOCKET_BACKEND}`]);
}

/** Answers every call with a message of 13 bytes and the trailers of gRPC. */
export function startGrpcBackend(work) {
  mkdirSync(join(work, "grpc"));
  writeFileSync(join(work, "grpc", "call"), Buffer.from("\0\0\0\0\x08abcdefgh", "latin1"));
  start(0, "nghttpd", [
    "--no-tls",
    "--address=127.0.0.1",
    `--htdocs=${join(work, "grpc")}`,
    "--trailer=grpc-status: 0",
    String(GRPC_BACKEND),
  ]);
}

/** @param binary the built `udp` folder. */
export function startUdpBackend(binary) {
  start(0, binary, ["echo", `127.0.0.1:${UDP_BACKEND}`]);
}

/** Everybody by name; started when first asked for, as what is idle shouldn't be there at all. */
export function contenders(work, dist) {
  const here = import.meta.dirname;
  const node = (script, ...args) =>
    start(1, process.execPath, [join(here, script), ...args.map(String)]);
  const starters = {
    nginx: () => start(1, "nginx", ["-c", nginxConf(work, "proxy", nginxProxy())]),
    haproxy: () => start(1, "haproxy", ["-db", "-f", haproxyConf(work)]),
    kubelane: () =>
      node(
        "gateway-server.mjs",
        resolve(dist),
        UDP_BACKEND,
        WEBSOCKET_BACKEND,
        GRPC_BACKEND,
        ...BACKENDS,
      ),
    nodeHttpProxy: () => node("peer-server.mjs", PORTS.nodeHttpProxy, ...BACKENDS),
    nodeHttpProxyXfwd: () => node("peer-server.mjs", PORTS.nodeHttpProxyXfwd, "xfwd", ...BACKENDS),
    limitTcp: () => node("limit-server.mjs", "tcp", PORTS.limitTcp, ...BACKENDS),
    limitHttp1: () => node("limit-server.mjs", "http1", PORTS.limitHttp1, ...BACKENDS),
    limitHttp2: () => node("limit-server.mjs", "http2", PORTS.limitHttp2, ...BACKENDS),
    limitUdp: () => node("limit-server.mjs", "udp", PORTS.limitUdp, UDP_BACKEND),
  };
  const started = new Map();
  return (name) => {
    if (!started.has(name)) started.set(name, starters[name]());
    return started.get(name);
  };
}

function nginxConf(work, name, http) {
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

function nginxProxy() {
  const servers = BACKENDS.map((port) => `server 127.0.0.1:${port};`).join(" ");
  return `proxy_buffers 8 16k; proxy_buffer_size 16k; proxy_busy_buffers_size 64k;
upstream web { ${servers} keepalive 256; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${PORTS.nginx} backlog=4096; listen 127.0.0.1:${PORTS.nginxHttp2} http2 backlog=4096;
location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }
upstream calls { server 127.0.0.1:${GRPC_BACKEND}; keepalive 64; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${PORTS.nginxGrpc} http2 backlog=4096; location / { grpc_pass grpc://calls; } }
server { listen 127.0.0.1:${PORTS.nginxWebSocket} backlog=4096; location / { proxy_pass http://127.0.0.1:${WEBSOCKET_BACKEND}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; } }`;
}

function haproxyConf(work) {
  const file = join(work, "haproxy.cfg");
  const list = BACKENDS.map((port, i) => `  server s${i} 127.0.0.1:${port}`).join("\n");
  writeFileSync(
    file,
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
listen grpc
  mode http
  bind 127.0.0.1:${PORTS.haproxyGrpc} backlog 4096 proto h2
  http-reuse always
  server g 127.0.0.1:${GRPC_BACKEND} proto h2
listen websocket
  mode http
  bind 127.0.0.1:${PORTS.haproxyWebSocket} backlog 4096
  server w 127.0.0.1:${WEBSOCKET_BACKEND}
`,
  );
  return file;
}
