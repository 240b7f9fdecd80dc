import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PATIENCE, RunningUp } from "../support/up.ts";

const SERVER =
  "require('http').createServer((q, a) => a.end('from ' + process.env.HOSTNAME)).listen(process.env.PORT)";

const MANIFEST = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: web
          ports: [{ containerPort: 8080 }]
          envFrom: [{ configMapRef: { name: greeting } }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: greeting, namespace: shop }
data: { GREETING: hello }
`;

const ROUTES = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  gatewayClassName: eg
  listeners: [{ name: http, port: 80, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: infra }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [shop.example.com]
  rules:
    - matches: [{ path: { value: /api } }]
      backendRefs: [{ name: web, namespace: shop, port: 80 }]
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: routes, namespace: shop }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra }]
  to: [{ group: "", kind: Service }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  ingressClassName: nginx
  rules:
    - host: old.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
`;

/** What the cluster was asked, by everything that these tests do. */
const asked = new Set<string>();
let recorder: Server;

/** Passes everything on to an API server, and notes it. */
async function record(server: URL): Promise<number> {
  const to = (request: IncomingMessage) => ({
    host: server.hostname,
    port: server.port,
    method: request.method,
    path: request.url,
    headers: request.headers,
    rejectUnauthorized: false,
  });
  const note = ({ method, url = "" }: IncomingMessage) =>
    asked.add(`${method} ${url.endsWith("/portforward") ? "portforward" : url.split("?")[0]}`);
  recorder = createServer((request, response) => {
    note(request);
    const onward = httpsRequest(to(request), (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  recorder.on("upgrade", (request: IncomingMessage, client: Socket) => {
    note(request);
    const onward = httpsRequest(to(request));
    onward.on("upgrade", (answer, socket, head) => {
      const fields = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${fields.join("")}\r\n`);
      if (head.length > 0) client.write(head);
      socket.on("error", () => client.destroy());
      client.on("error", () => socket.destroy());
      socket.pipe(client).pipe(socket);
    });
    onward.on("error", () => client.destroy());
    onward.end();
  });
  recorder.listen(0, "127.0.0.1");
  await once(recorder, "listening");
  return (recorder.address() as AddressInfo).port;
}

let folder: string;
let cluster: RunningUp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-context-"));
  writeFileSync(join(folder, "all.yaml"), MANIFEST);
  const run = { "shop/deploy/web": { command: [process.execPath, "-e", SERVER] } };
  writeFileSync(join(folder, "routes.yaml"), ROUTES);
  const manifests = ["all.yaml", "routes.yaml"];
  writeFileSync(join(folder, "kubelane.yaml"), JSON.stringify({ manifests, run }));
  cluster = new RunningUp(
    ["--dns", "off", "--gateway", "off", "--no-relays", "--api", "127.0.0.1:0"],
    {
      cwd: folder,
    },
  );
  await cluster.until(({ stderr }) => stderr.includes("ready after"));
  const { stdout } = await cluster.command("kubeconfig", "-n", "shop");
  const [, server = ""] = /server: (\S+)/.exec(stdout) ?? [];
  const port = await record(new URL(server));
  writeFileSync(join(folder, "config"), stdout.replace(server, `http://127.0.0.1:${port}`));
}, 180_000);
afterAll(async () => {
  await cluster.stop();
  recorder.closeAllConnections();
  recorder.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The addresses of its pods may be somebody's in the network of this machine: they are not tried. */
const CONTEXT = () => ["--context", "kubelane", "--kubeconfig", join(folder, "config")];
const FOLLOWED = () => [...CONTEXT(), "--reach", "port-forward"];

it("hosts of the cluster's HTTPRoutes and Ingresses are answered, of the classes that are meant", async () => {
  const up = (...options: readonly string[]) =>
    new RunningUp([
      "--dns",
      "off",
      "--gateway",
      "127.0.0.1:0",
      "--no-relays",
      ...options,
      ...FOLLOWED(),
    ]);
  const statuses = async (running: RunningUp) =>
    Promise.all([
      running.get("shop.example.com", "/api/x").then(({ status }) => status),
      running.get("shop.example.com", "/other").then(({ status }) => status),
      running.get("old.example.com").then(({ status }) => status),
    ]);
  const all = up();
  try {
    await all.ready();
    expect(all.stdout).toContain("Gateways and Ingresses of classes eg, nginx, other controllers'");
    expect(await statuses(all)).toEqual([200, 404, 200]);
    const { stdout } = await all.command("trace", "http://shop.example.com/api/x");
    expect(stdout).toContain("HTTPRoute infra/shop, rule 1: /api");
  } finally {
    await all.stop();
  }
  const some = up("--gateway-class", "nginx");
  try {
    await some.ready();
    expect(await statuses(some)).toEqual([404, 404, 200]);
  } finally {
    await some.stop();
  }
});

it("up --context serves the cluster's names, balanced over its pods, and follows it", async () => {
  const up = new RunningUp([
    "--dns",
    "off",
    "--gateway",
    "127.0.0.1:0",
    "--no-relays",
    ...FOLLOWED(),
  ]);
  try {
    await up.ready();
    expect(up.stderr).toContain("nothing is changed there");
    const bodies = new Set<string>();
    for (let i = 0; i < 30; i++) bodies.add((await up.get("web.shop")).body);
    expect(bodies.size).toBe(2);
    writeFileSync(
      join(folder, "all.yaml"),
      MANIFEST.replace(
        "name: web, namespace: shop }\nspec: { selector",
        "name: front, namespace: shop }\nspec: { selector",
      ),
    );
    await expect
      .poll(async () => (await up.get("front.shop")).status, { timeout: 120_000 })
      .toBe(200);
  } finally {
    await up.stop();
  }
});

it("trace --context looks at the cluster without an up", async () => {
  const { code, stdout } = await cluster.command("trace", "nothing.shop", ...CONTEXT());
  expect(stdout).toContain("there is no Service shop/nothing");
  expect(code).toBe(1);
});

it("local pods stand in for the cluster's, with their environment, as long as they run", async () => {
  const own = mkdtempSync(join(tmpdir(), "kubelane-stand-in-"));
  const up = new RunningUp(
    ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays", ...FOLLOWED()],
    {
      cwd: own,
    },
  );
  try {
    await up.ready();
    const here =
      "require('http').createServer((q, a) => a.end(['local', process.env.GREETING, process.env.HOSTNAME].join(' '))).listen(process.env.PORT)";
    const run = up.start(
      "run",
      "deploy/web",
      "-n",
      "shop",
      "--up",
      own,
      "--",
      process.execPath,
      "-e",
      here,
    );
    const bodies = async () => {
      const seen = new Set<string>();
      for (let i = 0; i < 12; i++) seen.add((await up.get("front.shop")).body);
      return [...seen];
    };
    await expect.poll(bodies, PATIENCE).toEqual(["local hello web-local-0"]);
    run.kill("SIGTERM");
    await expect
      .poll(
        async () => (await bodies()).filter((body) => body.startsWith("from ")).length,
        PATIENCE,
      )
      .toBe(2);
  } finally {
    await up.stop();
    rmSync(own, { recursive: true, force: true });
  }
});

it("manifests over the cluster add what it has not, and reach what it has", async () => {
  const own = mkdtempSync(join(tmpdir(), "kubelane-mixed-"));
  const run = { "shop/deploy/extra": { command: [process.execPath, "-e", SERVER] } };
  writeFileSync(
    join(own, "extra.yaml"),
    MANIFEST.replaceAll("web", "extra").replace("replicas: 2", "replicas: 1"),
  );
  writeFileSync(join(own, "kubelane.yaml"), JSON.stringify({ run }));
  const up = new RunningUp(
    ["-f", "extra.yaml", "--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays", ...FOLLOWED()],
    { cwd: own },
  );
  try {
    await up.ready();
    await expect
      .poll(async () => (await up.get("extra.shop")).body, PATIENCE)
      .toMatch(/^from extra-/);
    expect((await up.get("front.shop")).body).toMatch(/^from web-/);
  } finally {
    await up.stop();
    rmSync(own, { recursive: true, force: true });
  }
});

it("a context that there is not is told with those that there are", async () => {
  const other = await cluster.command(
    "up",
    "--context",
    "prod",
    "--kubeconfig",
    join(folder, "config"),
  );
  expect([other.code, other.stderr]).toEqual([3, expect.stringContaining("there are kubelane")]);
});

it("all that was asked of the cluster meanwhile is to get, list, watch, and to forward ports", () => {
  const changing = [...asked].filter((each) => !each.startsWith("GET "));
  expect(changing).toEqual([]);
  expect(asked).toContain("GET portforward");
  // Of Secrets and ConfigMaps, only what a local pod needs.
  const data = [...asked].filter((each) => /secrets|configmaps/.test(each));
  expect(data).toEqual(["GET /api/v1/namespaces/shop/configmaps/greeting"]);
});
