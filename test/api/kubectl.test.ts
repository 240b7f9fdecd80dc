import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { kubeconfigOf } from "../../src/control/kubeconfig.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { describeWith } from "../support/tools.ts";

let engine: Engine;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-kubectl-"));
  engine = createEngine();
  engine.on("fault", (error) => {
    throw error;
  });
  const { api } = await engine.listen({ api: { listen: "127.0.0.1:0" } });
  const access = { server: `https://127.0.0.1:${api!.port}`, token: api!.token, ca: api!.ca };
  writeFileSync(join(folder, "config"), JSON.stringify(kubeconfigOf(access, "default")));
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(program: string, args: readonly string[], input = "") {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, KUBECONFIG: join(folder, "config"), HOME: folder };
    const child = execFile(program, args, { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
    child.stdin?.on("error", () => {}).end(input);
  });
}

const kubectl = (line: string, input = "") => run("kubectl", line.split(" "), input);

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }] }] }
`;

describeWith(["kubectl"], "kubectl", () => {
  // In order: each goes on with what the ones before left.
  it.each<[string, RegExp, string?]>([
    ["version", /Server Version: v1\.36/],
    ["get namespaces", /default +Active/],
    ["api-resources --api-group=apps", /deployments +deploy +apps\/v1 +true +Deployment/],
    ["create namespace foo", /namespace\/foo created/],
    ["-n foo create configmap c --from-literal=a=b", /configmap\/c created/],
    ["-n foo get configmap c -o jsonpath={.data.a}", /^b$/],
    ["delete namespace foo", /namespace "foo" deleted/],
    ["apply -f -", /deployment.apps\/web created/, DEPLOYMENT],
    ["apply -f -", /deployment.apps\/web unchanged/, DEPLOYMENT],
    ["apply -f -", /deployment.apps\/web configured/, DEPLOYMENT.replace("web:1", "web:2")],
    ["get deployment web -o jsonpath={.spec.template.spec.containers[0].image}", /^web:2$/],
    ["get deploy", /NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/2/],
    ["get deploy -o wide", /CONTAINERS +IMAGES +SELECTOR\n.* web +web:2 +app=web/],
    ["get rs,pods -l app=web -o name", /replicaset.apps\/web-.*\npod\/web-/s],
    ["scale deploy web --replicas=3", /deployment.apps\/web scaled/],
    ["get deploy web -o jsonpath={.spec.replicas}", /^3$/],
    ["label deploy web tier=front", /deployment.apps\/web labeled/],
    ["annotate deploy web a=b", /deployment.apps\/web annotated/],
    ["set image deploy/web web=web:3", /deployment.apps\/web image updated/],
    [
      "rollout status deploy/web --timeout=5s --watch=false",
      /Waiting for deployment "web" rollout to finish/,
    ],
    ["rollout history deploy/web", /REVISION/],
    ["rollout undo deploy/web", /deployment.apps\/web rolled back/],
    ["get deploy web -o jsonpath={.spec.template.spec.containers[0].image}", /^web:2$/],
    ["expose deploy web --port=80", /service\/web exposed/],
    ["get svc web", /ClusterIP +10\.\d+\.\d+\.\d+ +<none> +80\/TCP/],
    ["describe svc web", /Selector: +app=web/],
    ["describe deploy web", /Replicas: +3 desired/],
    [
      'patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":1}]',
      /patched/,
    ],
    ['patch deploy web --type=merge -p {"spec":{"replicas":2}}', /patched/],
    ['patch deploy web -p {"spec":{"replicas":2}}', /patched \(no change\)/],
    ["explain deployment.spec.replicas", /FIELD: replicas <integer>/],
    ["auth can-i create pods", /^yes$/m],
    ["auth whoami", /Username +kubelane/],
    ["create secret generic s --from-literal=k=v", /secret\/s created/],
    ["get secret s -o jsonpath={.data.k}", /^dg==$/],
    [
      "apply --server-side -f -",
      /serverside-applied/,
      DEPLOYMENT.replace("{ name: web }", "{ name: ssa }"),
    ],
    [
      "apply --server-side -f -",
      /serverside-applied/,
      DEPLOYMENT.replace("{ name: web }", "{ name: ssa }"),
    ],
    ["diff --server-side -f -", /^$/, DEPLOYMENT.replace("{ name: web }", "{ name: ssa }")],
    ["wait --for=create deploy/ssa --timeout=10s", /condition met/],
    ["delete deploy ssa --wait", /deleted/],
    ["get events", /ScalingReplicaSet +deployment\/web +Scaled up replica set web-/],
    ["describe deploy web", /Events:\n.*\n.*\n.*ScalingReplicaSet/],
    ["delete deploy web --cascade=foreground", /deleted/],
    ["get deploy,rs,pods -l app=web -o name", /^$/],
  ])("%s", async (line, expected, input) => {
    const { code, stdout, stderr } = await kubectl(line, input);
    const output = line.startsWith("get events") ? stdout + stderr : stdout;
    expect(output, stderr).toMatch(expected);
    expect(code).toBe(0);
  });

  it.each<[string, RegExp, string?]>([
    ["get deploy nothing", /deployments.apps "nothing" not found/],
    ["get nothings", /the server doesn't have a resource type "nothings"/],
    [
      "apply -f -",
      /strict decoding error: unknown field/,
      DEPLOYMENT.replace("replicas: 2", "replcas: 2"),
    ],
    ["create -f -", /already exists/, "apiVersion: v1\nkind: Namespace\nmetadata: {name: default}"],
    ["-n nowhere create configmap c", /namespaces "nowhere" not found/],
  ])("refuses %s", async (line, expected, input) => {
    const { code, stderr } = await kubectl(line, input);
    expect(stderr).toMatch(expected);
    expect(code).toBe(1);
  });
});

describeWith(["kubectl", "helm"], "helm", () => {
  it("installs, upgrades, rolls back and uninstalls a chart", async () => {
    const helm = (line: string) => run("helm", line.split(" "));
    expect((await helm("create shop")).code).toBe(0);
    for (const [line, expected] of [
      ["install shop ./shop", /STATUS: deployed/],
      ["list", /shop\s+default\s+1\s.*deployed/],
      ["upgrade shop ./shop --set replicaCount=2", /REVISION: 2/],
      ["history shop", /2\s.*deployed/],
      ["rollback shop 1", /Rollback was a success/],
      ["get values shop --all -o json", /"replicaCount":1/],
      ["uninstall shop", /release "shop" uninstalled/],
    ] as const) {
      const { code, stdout, stderr } = await helm(line);
      expect(stdout, stderr).toMatch(expected);
      expect(code).toBe(0);
    }
    // The API's own Service is not helm's.
    const names = engine.store.list("Service").map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name !== "kubernetes")).toEqual(["web"]);
  });
});
