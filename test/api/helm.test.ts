import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { kubeconfigOf } from "../../src/control/kubeconfig.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { describeWith } from "../support/tools.ts";

const CHART = join(import.meta.dirname, "chart");

let engine: Engine;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-helm-"));
  const node = JSON.stringify(process.execPath);
  const { config } = readLocalConfig(
    `images: { node: { command: [${node}] }, sh: { command: [sh] } }`,
    join(folder, "kubelane.yaml"),
  );
  engine = createEngine({ localPods: config!.values });
  const { api } = await engine.listen({ api: { listen: "127.0.0.1:0" } });
  const access = { server: `https://127.0.0.1:${api!.port}`, token: api!.token, ca: api!.ca };
  writeFileSync(join(folder, "config"), JSON.stringify(kubeconfigOf(access, "default")));
  engine.startPods();
});
afterAll(async () => {
  await engine.close({ grace: 0 });
  rmSync(folder, { recursive: true, force: true });
});

async function helm(...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: join(folder, "config"), HOME: folder };
  return (await promisify(execFile)("helm", args, { env })).stdout;
}

/** Replicas that are ready, the message of their environment, and the ConfigMap's. */
function state(): unknown {
  const deployment = engine.store.get("Deployment.apps", "default", "web") as unknown as {
    readonly status?: { readonly readyReplicas?: number };
    readonly spec: {
      readonly template: {
        readonly spec: {
          readonly containers: readonly { readonly env: readonly { value: string }[] }[];
        };
      };
    };
  };
  const map = engine.store.get("ConfigMap", "default", "web") as {
    readonly data?: { readonly message?: string };
  };
  const [container] = deployment.spec.template.spec.containers;
  return [deployment.status?.readyReplicas, container?.env[0]?.value, map.data?.message];
}

/** A chart with hooks, whose pods and jobs run here. The same steps give the same output beside a real API server. */
describeWith(["helm"], "helm", () => {
  it("installs, upgrades, rolls back, tests and uninstalls a release, and waits for its pods", async () => {
    const wait = ["--wait", "--timeout", "150s"];
    expect(await helm("install", "web", CHART, ...wait)).toContain("STATUS: deployed");
    expect(state()).toEqual([2, "first", "first"]);
    // The hook's Job has ended well and is gone.
    expect(engine.store.list("Job.batch")).toEqual([]);
    await helm("upgrade", "web", CHART, "--set", "message=second", "--set", "replicas=3", ...wait);
    expect(state()).toEqual([3, "second", "second"]);
    await helm("rollback", "web", "1", ...wait);
    expect(state()).toEqual([2, "first", "first"]);
    expect(await helm("history", "web")).toMatch(/1 .*superseded.*2 .*superseded.*3 .*deployed/s);
    expect(await helm("test", "web")).toMatch(/Phase: +Succeeded/);
    expect(await helm("list", "--short")).toBe("web\n");
    await helm("uninstall", "web", "--wait");
    expect(engine.store.get("Deployment.apps", "default", "web")).toBeUndefined();
    expect(await helm("list", "--short")).toBe("");
  });
});
