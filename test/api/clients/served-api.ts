import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigOf } from "../../../src/control/kubeconfig.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { readLocalConfig } from "../../../src/manifests/read-local-config.ts";

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "web:1", ports: [{ containerPort: 8080 }] }] },
};

const SERVER =
  "console.log('listening'); require('http').createServer((q, a) => a.end('from the pod')).listen(process.env.PORT, '127.0.0.1')";

/** An API that programs find by a kubeconfig, with Pod `web` that runs here. */
export interface ServedApi {
  readonly engine: Engine;
  readonly kubeconfig: string;
  close(): Promise<void>;
}

export async function serveApi(): Promise<ServedApi> {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-clients-"));
  const { config } = readLocalConfig(
    `run: { pod/web: { command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(SERVER)}] } }`,
    join(folder, "kubelane.yaml"),
  );
  const engine = createEngine({ localPods: config!.values, legacyEndpoints: true });
  engine.on("fault", (error) => {
    throw error;
  });
  await engine.load([POD]);
  const { api } = await engine.listen({ api: { listen: "127.0.0.1:0" } });
  const access = { server: `https://127.0.0.1:${api!.port}`, token: api!.token, ca: api!.ca };
  const kubeconfig = join(folder, "config");
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(access, "default")));
  await new Promise<void>((resolve) => {
    engine.on("pod", (event) => {
      if (event.type === "ready") resolve();
    });
    engine.startPods();
  });
  return {
    engine,
    kubeconfig,
    async close() {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
