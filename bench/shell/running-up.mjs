// A running `up` over three web servers, in a folder of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const MAIN = resolve(import.meta.dirname, "../../dist/bin/kubelane.cjs");

const PORTS = [18081, 18082, 18083];

/** A Service and a Deployment of web servers. */
export const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default }
spec: { clusterIP: 10.96.7.7, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: default }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web, ports: [{ containerPort: 8080 }] }] }
`;

export const ANSWER = "hello, world\n";
export const BIG = 64 * 1024;

/** @param core where each side runs: `[command, ...]` to put before a command line. */
export async function startUp({ upOn = [], backendsOn = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-bench-"));
  const config = `manifests: [web.yaml]\nattach:\n  deploy/web: [${PORTS.map((port) => `127.0.0.1:${port}`).join(", ")}]\n`;
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "web.yaml"), MANIFESTS);
  writeFileSync(join(folder, "kubelane.yaml"), config);
  writeFileSync(join(folder, "big"), "x".repeat(BIG));
  const places = PORTS.map((port) => `127.0.0.1:${port}`);
  writeFileSync(join(folder, "nginx.conf"), nginxConfig(folder, places));
  const env = { ...process.env, KUBELANE_RUNTIME_DIR: join(folder, "run") };
  const start = (words, stdio) => spawn(words[0], words.slice(1), { cwd: folder, env, stdio });
  const nginx = start([...backendsOn, "nginx", "-c", join(folder, "nginx.conf")], "ignore");
  const options = ["up", "--dns", "off", "--gateway", "off"];
  const up = start([...upOn, process.execPath, MAIN, ...options], ["ignore", "ignore", "pipe"]);
  let log = "";
  for await (const text of up.stderr.iterator({ destroyOnReturn: false })) {
    log += text;
    if (log.includes("ready after")) break;
  }
  up.stderr.resume();
  return {
    folder,
    env,
    async close() {
      for (const child of [up, nginx]) {
        child.kill("SIGTERM");
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One nginx that answers `/` with {@link ANSWER} and `/big` with the file of that name in the folder. */
export function nginxConfig(folder, places) {
  return `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log /dev/null;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000;
  server {
    ${places.map((place) => `listen ${place};`).join(" ")}
    location / { return 200 "hello, world\\n"; }
    location /big { alias ${folder}/big; }
  }
}
`;
}
