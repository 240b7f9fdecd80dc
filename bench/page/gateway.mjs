// A gateway with its page over many Services, as a process of its own. It tells where it listens, and how much CPU
// time it has used when asked. Every Service has three pods, all of which are one server.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { RecentTraffic } from "../../dist/control/recent-traffic.js";
import { createEngine } from "../../dist/index.js";
import { PageFiles } from "../../dist/page/page-files.js";
import { servePage } from "../../dist/page/serve-page.js";

const PODS = 3;
const [, , role, ...args] = process.argv;
if (role === "pods") await pods();
else await gateway(...args.map(Number));

async function pods() {
  const server = createServer((_request, response) => response.end("ok"));
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send(server.address().port);
}

async function gateway(services, perNamespace, podPort) {
  const to = { host: "127.0.0.1", port: podPort };
  // Every pod's address leads to the one process that stands for them all.
  const dialer = { dial: () => connect(to).setNoDelay(true), streamAddress: () => to };
  const engine = createEngine({ controllers: [], dialer });
  const findings = await engine.load(objects(services, perNamespace, podPort));
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
    answers: { service: () => [] },
  });
  const { gateway: at } = await engine.listen({
    gateway: { listen: "127.0.0.1:0", browserPage: page.listener },
  });
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system, failed });
  });
  process.send({ port: at.port, path: page.path });
}

function objects(services, perNamespace, podPort) {
  return Array.from({ length: services }, (_, i) => {
    const namespace = `shop-${Math.floor(i / perNamespace)}`;
    const name = `s${i}`;
    const pods = Array.from({ length: PODS }, (_, j) => pod(namespace, i, j, podPort));
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name },
      spec: {
        clusterIP: `10.96.${(i >> 8) + 1}.${i & 255}`,
        selector: { app: name },
        ports: [{ port: 80, targetPort: podPort }],
      },
    };
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        namespace,
        name: `${name}-x`,
        labels: { "kubernetes.io/service-name": name },
      },
      addressType: "IPv4",
      endpoints: pods.map(({ metadata, status }) => ({
        addresses: [status.podIP],
        conditions: { ready: true },
        targetRef: { kind: "Pod", namespace, name: metadata.name },
      })),
      ports: [{ port: podPort, protocol: "TCP" }],
    };
    return [service, ...pods, slice];
  }).flat();
}

function pod(namespace, i, j, containerPort) {
  const number = i * PODS + j;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      name: `s${i}-${j}`,
      labels: { app: `s${i}`, tier: j === 0 ? "front" : "back" },
    },
    spec: { containers: [{ name: "main", image: "x", ports: [{ containerPort }] }] },
    status: {
      phase: "Running",
      podIP: `10.244.${number >> 8}.${number & 255}`,
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}
