// Port-forward through a real API server beside `kubectl port-forward`, and 10,000 requests while pods are replaced.
//
//   KUBECONFIG=FILE node bench/cluster/port-forward.mjs [REQUESTS [ROUNDS]]
//
// The cluster of the current context needs a Node whose kubelet runs processes: test/support/kubelet is one. kubectl is
// on the PATH, and `npm run build` has run. Everything is made in namespace kubelane-bench, and deleted at the end.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { WebSocket } from "ws";

const REQUESTS = Number(process.argv[2] ?? 10_000);
const CONCURRENCY = 64;
/** Milliseconds after which an answer is given up. */
const PATIENCE = 20_000;
const ROUNDS = Number(process.argv[3] ?? 5);
const NAMESPACE = "kubelane-bench";
const CLI = join(import.meta.dirname, "../../dist/cli/main.js");

/** Answers by HTTP/1.1 and HTTP/2 on one port, and echoes WebSockets. Runs as a container of each pod. */
const SERVER = `
  const { createServer } = require("http"), h2 = require("http2"), net = require("net"), { createHash } = require("crypto");
  const big = Buffer.alloc(1 << 20, "x");
  const answer = (q, a) => { a.setHeader("pod", process.env.HOSTNAME); q.resume(); q.on("end", () => a.end(q.url === "/big" ? big : "from " + process.env.HOSTNAME)); };
  const one = createServer(answer), two = h2.createServer(answer);
  one.keepAliveTimeout = 0;
  one.on("upgrade", (q, s) => {
    const key = createHash("sha1").update(q.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
    s.write("HTTP/1.1 101 x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + key + "\\r\\n\\r\\n");
    s.on("data", () => s.write(Buffer.from([0x81, 2, 0x68, 0x69])));
  });
  net.createServer((s) => s.once("data", (d) => { s.pause(); (d.subarray(0, 3).toString() === "PRI" ? two : one).emit("connection", s); s.unshift(d); s.resume(); }).on("error", () => {})).listen(8080, process.env.POD_ADDRESS);
`;

const OBJECTS = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: NAMESPACE },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: "web",
              image: "web",
              command: [process.execPath, "-e", SERVER],
              ports: [{ containerPort: 8080 }],
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: NAMESPACE },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
  },
];

function kubectl(args, input) {
  const { status, stdout, stderr } = spawnSync("kubectl", args, { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Starts a program and waits until it has said something. */
async function start(command, args, said) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  await new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      if (said.test(output)) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", () => reject(new Error(`${command} ended: ${output}`)));
  });
  return { child, found: said.exec(output), output: () => output };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function ask({ port, host, agent }, method, path) {
  return new Promise((resolve) => {
    const sent = request(
      { host: "127.0.0.1", port, method, path, agent, headers: { host } },
      (response) => {
        let length = 0;
        let body = "";
        response.on("data", (chunk) => {
          length += chunk.length;
          if (length < 200) body += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode, length, body, pod: response.headers.pod }),
        );
        response.on("error", (error) => resolve({ status: error.code, length }));
      },
    );
    sent.on("error", (error) => resolve({ status: error.code }));
    sent.setTimeout(PATIENCE, () =>
      resolve({ status: "nothing came", body: `no answer in ${PATIENCE} ms` }),
    );
    sent.end(method === "POST" ? "hello" : undefined);
  });
}

/** @returns requests a second, latency, and how many each status has. */
async function load(target, { count, concurrency, method = "GET", path = "/", onDone }) {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const latencies = [];
  const statuses = new Map();
  const pods = new Map();
  const reasons = new Set();
  let begun = 0;
  let bytes = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (begun < count) {
        begun++;
        const from = performance.now();
        const { status, pod, body, length = 0 } = await ask({ ...target, agent }, method, path);
        latencies.push(performance.now() - from);
        bytes += length;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (pod !== undefined) pods.set(pod, (pods.get(pod) ?? 0) + 1);
        if (status !== 200 && body !== undefined) reasons.add(body.trim());
        onDone?.(latencies.length);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(share * (latencies.length - 1))];
  return {
    rate: count / seconds,
    mbps: bytes / seconds / 1e6,
    p50: at(0.5),
    p99: at(0.99),
    statuses: Object.fromEntries(statuses),
    pods: Object.fromEntries(pods),
    reasons: [...reasons],
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const number = (value) => value.toFixed(value < 10 ? 2 : 0);

async function overHttp2({ port, host }) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const stream = session.request({ ":authority": host, ":path": "/" });
      const [headers] = await once(stream, "response");
      stream.resume();
      await once(stream, "end");
      return headers[":status"];
    }),
  );
  session.close();
  return answers.every((status) => status === 200);
}

async function overWebSocket({ port, host }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host } });
  await once(socket, "open");
  socket.send("hello");
  const [message] = await once(socket, "message");
  socket.terminate();
  return String(message) === "hi";
}

const children = [];
try {
  kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: OBJECTS }));
  kubectl(["rollout", "status", "deploy/web", "-n", NAMESPACE, "--timeout=120s"]);
  const gateway = await freePort();
  const context = kubectl(["config", "current-context"]).trim();
  const up = await start(
    process.execPath,
    [
      CLI,
      ...["up", "--context", context, "-n", NAMESPACE, "--reach", "port-forward", "--no-relays"],
      ...["--gateway", `127.0.0.1:${gateway}`, "--dns", "off", "--api", "off"],
    ],
    /ready after/,
  );
  children.push(up.child);
  const forward = await start(
    "kubectl",
    ["port-forward", "-n", NAMESPACE, "svc/web", ":80"],
    /127\.0\.0\.1:(\d+)/,
  );
  children.push(forward.child);
  const ours = { port: gateway, host: `web.${NAMESPACE}` };
  const theirs = { port: Number(forward.found[1]), host: "web" };
  const address = kubectl([
    "get",
    "pods",
    "-n",
    NAMESPACE,
    "-o",
    "jsonpath={.items[0].status.podIP}",
  ]);
  const isDirect = await new Promise((resolve) => {
    const socket = connect(8080, address.replace(/^\d+/, "127"), () => resolve(true));
    socket.once("error", () => resolve(false)).once("connect", () => socket.destroy());
  });
  console.log(`a pod answers ${isDirect ? "" : "not "}at its loopback address`);
  console.log(`HTTP/2: ${await overHttp2(ours)}, WebSocket: ${await overWebSocket(ours)}`);

  const tasks = {
    "13 bytes, one after the other": { count: 300, concurrency: 1 },
    "13 bytes, 64 at a time": { count: 3000, concurrency: CONCURRENCY },
    "1 MB, 8 at a time": { count: 100, concurrency: 8, path: "/big" },
  };
  for (const [name, task] of Object.entries(ROUNDS === 0 ? {} : tasks)) {
    const results = { kubelane: [], "kubectl port-forward": [] };
    for (let round = 0; round < ROUNDS; round++) {
      results.kubelane.push(await load(ours, task));
      results["kubectl port-forward"].push(await load(theirs, task));
    }
    for (const [who, rounds] of Object.entries(results)) {
      const of = (what) => number(median(rounds.map((each) => each[what])));
      const bad = rounds
        .flatMap(({ statuses }) => Object.keys(statuses))
        .filter((s) => s !== "200");
      console.log(
        `${name}: ${who}: ${of("rate")} requests/s, ${of("mbps")} MB/s, p50 ${of("p50")} ms, p99 ${of("p99")} ms, ` +
          `${Object.keys(rounds[0].pods).length} pods${bad.length > 0 ? `, also ${bad}` : ""}`,
      );
    }
  }
  forward.child.kill();

  for (const method of ["GET", "POST"]) {
    let killed = 0;
    const every = Math.ceil(REQUESTS / 6);
    const result = await load(ours, {
      count: REQUESTS,
      concurrency: CONCURRENCY,
      method,
      onDone(done) {
        if (done % every !== 0 || killed >= 5) return;
        killed++;
        const [pod] = kubectl([
          "get",
          "pods",
          "-n",
          NAMESPACE,
          "-l",
          "app=web",
          "--field-selector",
          "status.phase=Running",
          "-o",
          "name",
        ]).split("\n");
        spawn("kubectl", ["delete", "-n", NAMESPACE, pod, "--wait=false"], { stdio: "ignore" });
      },
    });
    console.log(
      `${REQUESTS} of ${method}, ${CONCURRENCY} at a time, ${killed} pods deleted meanwhile: ${JSON.stringify(result.statuses)}, ` +
        `p99 ${number(result.p99)} ms, answered by ${Object.keys(result.pods).length} pods`,
    );
    for (const reason of result.reasons) console.log(`  ${reason}`);
    kubectl(["rollout", "status", "deploy/web", "-n", NAMESPACE, "--timeout=120s"]);
  }
  console.log(`up said:\n${up.output()}`);
} finally {
  for (const child of children) child.kill();
  kubectl(["delete", "namespace", NAMESPACE, "--timeout=60s"]);
}
