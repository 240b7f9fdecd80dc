// What three open tabs of the page cost the gateway: `node bench/page/tabs.mjs [ROUNDS]`, after `npm run build`.
//
// 2,000 Services with 6,000 pods, 5,000 requests a second over all of them. Rounds with three tabs and without take
// turns, and what is compared is the CPU time of the gateway's process for each request: what else the machine does
// counts little. The load and the pods are processes of their own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, get, request } from "node:http";
import { fileURLToPath } from "node:url";
import { RecentTraffic } from "../../dist/control/recent-traffic.js";
import { createEngine } from "../../dist/index.js";
import { PageFiles } from "../../dist/page/page-files.js";
import { servePage } from "../../dist/page/serve-page.js";

const SERVICES = 2000;
const PODS = 3;
const RATE = 5000;
const ROUND = 5000;

const [, , first = "10"] = process.argv;
const role = { pods, load }[first];
await (role === undefined ? gateway(Number(first)) : role());

/** Every pod: it listens at all loopback addresses. */
async function pods() {
  const server = createServer((_request, response) => response.end("ok"));
  server.keepAliveTimeout = 60_000;
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  process.send(server.address().port);
}

/** Sends requests at a steady rate, and keeps tabs open when told. */
async function load() {
  const port = Number(process.argv[3]);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let sent = 0;
  let done = 0;
  let bytes = 0;
  let tabs = [];
  const began = performance.now();
  setInterval(() => {
    const due = ((performance.now() - began) / 1000) * RATE;
    // What a busy machine did not let it send is not made up for.
    if (due - sent > RATE / 10) sent = due - RATE / 10;
    for (; sent < due; sent++) {
      const headers = { host: `s${Math.floor(Math.random() * SERVICES)}.shop` };
      const call = request({ port, agent, headers }, (response) => {
        response.resume().on("end", () => done++);
      });
      call.on("error", () => {}).end();
    }
  }, 2);
  process.on("message", (message) => {
    if (message.tabs === undefined) {
      process.send({ done, bytes });
      return;
    }
    for (const tab of tabs) tab.destroy();
    tabs = Array.from({ length: message.tabs }, () => {
      const tab = get(
        { port, path: "/-/stream", headers: { host: `localhost:${port}` } },
        (response) => {
          response.on("data", (chunk) => (bytes += chunk.length)).on("error", () => {});
        },
      );
      return tab.on("error", () => {});
    });
  });
  process.send("ready");
}

async function gateway(rounds) {
  const self = fileURLToPath(import.meta.url);
  const podServer = fork(self, ["pods"]);
  const [podPort] = await once(podServer, "message");
  const engine = createEngine({ controllers: [] });
  const objects = [];
  for (let i = 0; i < SERVICES; i++) {
    objects.push({
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace: "shop", name: `s${i}` },
      spec: {
        clusterIP: `10.96.${i >> 8}.${i & 255}`,
        selector: { app: `s${i}` },
        ports: [{ port: 80, targetPort: podPort }],
      },
    });
    const endpoints = [];
    for (let j = 0; j < PODS; j++) {
      const number = i * PODS + j;
      const address = `127.${10 + (number >> 16)}.${(number >> 8) & 255}.${number & 255 || 1}`;
      const name = `s${i}-${j}`;
      objects.push({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          namespace: "shop",
          name,
          labels: { app: `s${i}`, tier: j === 0 ? "front" : "back" },
        },
        spec: { containers: [{ name: "main", image: "x", ports: [{ containerPort: podPort }] }] },
        status: {
          phase: "Running",
          podIP: address,
          conditions: [{ type: "Ready", status: "True" }],
        },
      });
      endpoints.push({
        addresses: [address],
        conditions: { ready: true },
        targetRef: { kind: "Pod", namespace: "shop", name },
      });
    }
    objects.push({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        namespace: "shop",
        name: `s${i}-x`,
        labels: { "kubernetes.io/service-name": `s${i}` },
      },
      addressType: "IPv4",
      endpoints,
      ports: [{ port: podPort, protocol: "TCP" }],
    });
  }
  const findings = await engine.load(objects);
  if (findings.length > 0) throw new Error(JSON.stringify(findings[0]));
  const recent = new RecentTraffic();
  let failed = 0;
  engine.on("traffic", (event) => {
    recent.add(event, Date.now());
    if (event.status !== 200) failed++;
  });
  const page = servePage({
    engine,
    files: await PageFiles.read(),
    version: "bench",
    recent,
    port: () => engine.gateway.port,
    troubles: () => [],
    answers: {},
  });
  const { gateway: at } = await engine.listen({
    gateway: { listen: `127.0.0.1:${process.env.PORT ?? 0}`, browserPage: page.listener },
  });
  console.log(`gateway at http://localhost:${at.port}${page.path}`);
  const client = fork(self, ["load", String(at.port)]);
  await once(client, "message");
  const count = async () => {
    client.send({});
    return (await once(client, "message"))[0];
  };
  const round = async (tabs) => {
    client.send({ tabs });
    await wait(1500);
    const before = await count();
    const cpu = process.cpuUsage();
    await wait(ROUND);
    const used = process.cpuUsage(cpu);
    const after = await count();
    const done = after.done - before.done;
    return {
      perRequest: (used.user + used.system) / done,
      rate: done / (ROUND / 1000),
      bytes: after.bytes - before.bytes,
    };
  };
  await wait(5000);
  const without = [];
  const withTabs = [];
  const ratios = [];
  for (let i = 0; i < rounds; i++) {
    // Each order as often as the other.
    const [first, second] = i % 2 === 0 ? [0, 3] : [3, 0];
    const a = await round(first);
    const b = await round(second);
    const [off, on] = first === 0 ? [a, b] : [b, a];
    without.push(off.perRequest);
    withTabs.push(on.perRequest);
    ratios.push(on.perRequest / off.perRequest);
    console.log(
      `${off.perRequest.toFixed(1)} µs without (${off.rate.toFixed(0)}/s), ${on.perRequest.toFixed(1)} µs with three tabs (${on.rate.toFixed(0)}/s, ${(on.bytes / 3 / ROUND).toFixed(0)} KB/s each): ${(on.perRequest / off.perRequest).toFixed(3)}`,
    );
  }
  console.log(
    `median ${median(without).toFixed(1)} µs, ${median(withTabs).toFixed(1)} µs, ratio of pairs ${median(ratios).toFixed(3)}; ${failed} requests failed`,
  );
  if (process.env.STAY) return;
  client.kill();
  podServer.kill();
  page.close();
  await engine.close({ grace: 0 });
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
