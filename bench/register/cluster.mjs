// One Service over pods that are processes of their own, and manifests that name them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SERVER = `
  require("node:http").createServer((_request, response) => response.end("ok"))
    .listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;

/** @returns the pod's port on 127.0.0.1, a file of manifests, and what ends it. */
export async function startCluster() {
  const pod = spawn(process.execPath, ["-e", SERVER], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(pod.stdout, "data");
  const port = Number(line);
  const manifests = join(mkdtempSync(join(tmpdir(), "kubelane-bench-")), "web.json");
  const items = [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "shop" },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: port }] },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web" }] },
      status: {
        phase: "Running",
        podIP: "127.0.0.1",
        conditions: [{ type: "Ready", status: "True" }],
      },
    },
  ];
  writeFileSync(manifests, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  return { port, manifests, stop: () => pod.kill() };
}

export const HOOK = new URL("../../dist/register/index.js", import.meta.url).href;
export const NAME = "http://web.shop.svc.cluster.local/";

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
