// Manifests from text to values, and to checked objects with positions; beside them the `yaml` package, and
// Go where it is installed: its parser that keeps positions, and what kubectl reads with.
// node bench/manifests/load.mjs [FILE] (after npm run build)
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

const ROUNDS = Number(process.env.ROUNDS ?? 9);
const dist = process.env.KUBELANE_DIST ?? new URL("../../dist", import.meta.url).href;
const { readManifest } = await import(`${dist}/manifests/index.js`);
const { readDocuments } = await import(`${dist}/manifests/read-documents.js`);

const pair = (i) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${i}
  namespace: team-${i % 20}
  labels:
    app: app-${i}
    release: stable
spec:
  replicas: 2
  selector:
    matchLabels:
      app: app-${i}
  template:
    metadata:
      labels:
        app: app-${i}
        release: stable
    spec:
      containers:
        - name: server
          image: example/app-${i}:v1.${i}
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            periodSeconds: 5
            httpGet:
              path: /healthz
              port: 8080
          env:
            - name: PORT
              value: "8080"
            - name: PEER
              value: "app-${i + 1}:80"
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
---
apiVersion: v1
kind: Service
metadata:
  name: app-${i}
  namespace: team-${i % 20}
spec:
  selector:
    app: app-${i}
  ports:
    - name: http
      port: 80
      targetPort: http
`;

const generated = Array.from({ length: 1000 }, (_, i) => pair(i)).join("---\n");
const corpora = [["2,000 objects", generated]];
const shared = new URL("../../../shared/manifests/", import.meta.url);
if (existsSync(shared)) {
  const real = readdirSync(shared)
    .filter((name) => name.endsWith(".yaml") && !name.startsWith("seed-"))
    .map((name) => readFileSync(new URL(name, shared), "utf8"));
  corpora.push(["four real projects", real.join("\n---\n")]);
}

if (process.argv[2] !== undefined) {
  corpora.push([process.argv[2], readFileSync(process.argv[2], "utf8")]);
}

const plain = (text) => parseAllDocuments(text).map((document) => document.toJS());
const ours = (text) => readManifest(text, "bench.yaml");
const values = (text) => [...readDocuments(text)];

/** Milliseconds of processor time: the least of several rounds, each contender in turn in each. */
function measure(contenders, text) {
  const repeat = Math.ceil(500_000 / text.length);
  const best = contenders.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, contender] of contenders.entries()) {
      const start = process.cpuUsage();
      for (let j = 0; j < repeat; j++) contender(text);
      const { user, system } = process.cpuUsage(start);
      best[i] = Math.min(best[i], (user + system) / 1000 / repeat);
    }
  }
  return best;
}

const folder = mkdtempSync(join(tmpdir(), "kubelane-bench-"));
const go = spawnSync("go", ["version"]).status === 0 ? join(folder, "go-yaml") : undefined;
if (go !== undefined) {
  execFileSync("go", ["build", "-o", go, "."], { cwd: new URL("go", import.meta.url) });
}
for (const [name, text] of corpora) {
  if (name !== process.argv[2]) check(text);
  const [plainTime, valueTime, ourTime] = measure([plain, values, ours], text);
  const rate = (time) => `${(text.length / 1000 / time).toFixed(1)} MB/s`;
  console.log(`${name} (${(text.length / 1e6).toFixed(2)} MB)`);
  console.log(`  plain yaml ${rate(plainTime)}`);
  console.log(`  kubelane, values ${rate(valueTime)}`);
  console.log(`  kubelane, checked objects ${rate(ourTime)}`);
  if (go === undefined) continue;
  const file = join(folder, "text.yaml");
  writeFileSync(file, text);
  const lines = execFileSync(go, [file, String(ROUNDS)])
    .toString()
    .trimEnd();
  console.log(lines.replace(/^/gm, "  "));
}
rmSync(folder, { recursive: true });

const { objects } = ours(generated);
const json = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: objects.map((o) => o.object),
});
assert.equal(ours(json).objects.length, objects.length);
const [jsonTime, parseTime] = measure([ours, JSON.parse], json);
console.log(
  `the same as JSON (${(json.length / 1e6).toFixed(2)} MB): kubelane ` +
    `${(json.length / 1000 / jsonTime).toFixed(1)} MB/s, JSON.parse alone ${(json.length / 1000 / parseTime).toFixed(1)} MB/s`,
);

/** What comes out is what plain parsing gives, with namespace and defaults added. */
function check(text) {
  const idOf = ({ kind, metadata: { namespace = "default", name } }) =>
    `${kind} ${namespace}/${name}`;
  const found = new Map(ours(text).objects.map(({ object }) => [idOf(object), object]));
  const written = new Map();
  for (const object of plain(text)) {
    if (object === null) continue;
    if (object.kind === "Namespace" || object.kind === "StorageClass") continue;
    if (!written.has(idOf(object))) written.set(idOf(object), object);
  }
  assert.ok(written.size > 50);
  for (const [id, object] of written) assertIncludes(found.get(id)?.spec, object.spec);
}

function assertIncludes(object, part) {
  if (typeof part !== "object" || part === null) return assert.equal(object, part);
  for (const [key, value] of Object.entries(part)) assertIncludes(object?.[key], value);
}
