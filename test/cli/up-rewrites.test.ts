import { mkdtempSync, writeFileSync } from "node:fs";
import { rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RunningUp } from "../support/up.ts";

const REWRITES = 200;
const SECONDS = 5;
const CLIENTS = 4;

let folder: string;
let up: RunningUp | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-rewrites-"));
});
afterEach(async () => {
  await up?.stop();
  up = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** A Service and its Deployment; an annotation tells one writing from another. */
const manifest = (writing: number) => `apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    example.com/writing: "${writing}"
spec:
  selector:
    app: web
  ports:
    - name: http
      port: 80
    - name: more
      port: 81
      targetPort: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    example.com/writing: "${writing}"
spec:
  replicas: 4
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: web
          env:
            - name: GREETING
              value: hello
          ports:
            - containerPort: 80
`;

it(`${REWRITES} rewrites of a manifest in ${SECONDS} s, many cut in half, lose no request and restart no pod`, async () => {
  const path = join(folder, "web.yaml");
  writeFileSync(path, manifest(0));
  const program =
    "require('http').createServer((q, a) => a.end(process.env.GREETING)).listen(process.env.PORT)";
  const command = JSON.stringify([process.execPath, "-e", program]);
  writeFileSync(
    join(folder, "kubelane.yaml"),
    `manifests: [web.yaml]\nrun: { deploy/web: { command: ${command} } }\n`,
  );
  up = new RunningUp(["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays"], { cwd: folder });
  const running = await up.ready();
  const pods = async () => (await running.command("get", "pods", "-o", "json")).stdout;
  const identities = (json: string) =>
    (JSON.parse(json).items as { metadata: { uid: string }; status: PodStatus }[])
      .map(({ metadata, status }) => `${metadata.uid} ${status.containerStatuses[0]?.restartCount}`)
      .sort();
  const before = identities(await pods());
  expect(before).toHaveLength(4);

  let isOver = false;
  let answered = 0;
  const lost: string[] = [];
  const client = async () => {
    while (!isOver) {
      const { status, body } = await running.get("web").catch((error: Error) => ({
        status: 0,
        body: error.message,
      }));
      if (status === 200 && body === "hello") answered++;
      else lost.push(`${status} ${body}`);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  for (let writing = 1; writing <= REWRITES; writing++) {
    const text = manifest(writing);
    switch (writing % 4) {
      case 0:
        await truncate(path);
        break;
      // Left in half until the next one, at another place each time.
      case 1:
        await writeFile(path, text.slice(0, Math.floor((text.length * writing) / REWRITES)));
        break;
      case 2:
        await writeFile(`${path}~`, text);
        await rename(`${path}~`, path);
        break;
      default:
        await writeFile(path, text);
    }
    await setTimeout((SECONDS * 1000) / REWRITES);
  }
  await writeFile(path, manifest(REWRITES + 1));
  await expect
    .poll(async () => (await running.command("get", "svc", "web", "-o", "json")).stdout, {
      timeout: 120_000,
    })
    .toContain(`"example.com/writing": "${REWRITES + 1}"`);
  isOver = true;
  await Promise.all(clients);
  expect(lost).toEqual([]);
  expect(answered).toBeGreaterThan(REWRITES);
  expect(identities(await pods())).toEqual(before);
  expect(running.stderr).not.toMatch(/error/);
}, 180_000);

interface PodStatus {
  readonly containerStatuses: readonly { readonly restartCount: number }[];
}
