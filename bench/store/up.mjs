// `kubelane up` on 2,000 objects: from starting the program until everything listens, relays included, and then every
// hundredth name is asked for. 1,000 Deployments of two replicas, a Service each. `node bench/store/up.mjs [dist]`
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const main = join(resolve(process.argv[2] ?? "dist"), "bin/kubelane.cjs");
const folder = mkdtempSync(join(tmpdir(), "kubelane-bench-up-"));
const pairs = 1000;
const pair = (i) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: app-${i}, namespace: team-${i % 20}, labels: { app: app-${i} } }
spec:
  replicas: 2
  selector: { matchLabels: { app: app-${i} } }
  template:
    metadata: { labels: { app: app-${i} } }
    spec:
      containers:
        - name: server
          image: example/app-${i}:v1
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /healthz, port: http } }
          env: [{ name: PEER, value: "app-${i + 1}:80" }]
---
apiVersion: v1
kind: Service
metadata: { name: app-${i}, namespace: team-${i % 20} }
spec:
  selector: { app: app-${i} }
  ports: [{ name: http, port: 80, targetPort: http }]
`;

/** Milliseconds until it is ready. */
async function once() {
  const start = performance.now();
  const options = ["--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0"];
  const up = spawn(process.execPath, [main, "up", "-f", folder, ...options], {
    env: { ...process.env, XDG_RUNTIME_DIR: folder, NO_COLOR: "1" },
  });
  let text = "";
  const ready = new Promise((done, fail) => {
    const read = (chunk) => {
      text += chunk;
      // What it says last, when everything listens.
      if (/^try:/m.test(text)) done();
    };
    up.stdout.on("data", read);
    up.stderr.on("data", read);
    up.on("exit", () => fail(new Error(`it ended: ${text.slice(0, 500)}`)));
  });
  await ready;
  const time = performance.now() - start;
  const resolver = new Resolver();
  resolver.setServers([/^DNS +(\S+)/m.exec(text)[1]]);
  for (let i = 0; i < pairs; i += 100) {
    const [address] = await resolver.resolve4(`app-${i}.team-${i % 20}.svc.cluster.local`);
    // A ClusterIP, seen on the loopback mirror or as it is.
    assert.match(address, /^(?:127|10)\.(?:9[6-9]|1[01]\d)\./);
  }
  up.removeAllListeners("exit");
  const gone = new Promise((done) => up.once("exit", done));
  up.kill("SIGINT");
  await gone;
  return time;
}

try {
  const texts = Array.from({ length: pairs }, (_, i) => pair(i));
  writeFileSync(join(folder, "shop.yaml"), texts.join("---\n"));
  const times = [];
  for (let i = 0; i < 7; i++) times.push(await once());
  times.sort((a, b) => a - b);
  const seconds = (time) => +(time / 1000).toFixed(2);
  console.log(
    JSON.stringify({
      objects: 2 * pairs,
      "least s": seconds(times[0]),
      "median s": seconds(times[3]),
      "worst s": seconds(times[6]),
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
