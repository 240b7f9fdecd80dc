import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../src/objects/object.ts";
import type { Container, Pod, PodSpec } from "../../../src/objects/pod.ts";
import { node, podNamed, run, type Scene, SERVER, scene } from "../harness.ts";

let state = "";
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "kubelane-volumes-test-"));
});
afterEach(() => rmSync(state, { recursive: true }));

const configMap = (data: Record<string, string>): KubernetesObject =>
  ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "default" },
    data,
  }) as KubernetesObject;

const mounting = (
  volumeMounts: Container["volumeMounts"],
  volumes: PodSpec["volumes"],
  name = "a",
): Pod =>
  podNamed(name, {
    containers: [{ name: "main", ports: [{ containerPort: 8080 }], volumeMounts }],
    volumes,
  } as Partial<PodSpec>);

const SETTINGS = { name: "v", configMap: { name: "settings" } };
const TELLING = node(`console.log(process.env.KUBELANE_VOLUMES); ${SERVER}`);

const sceneOf = (pod: Pod, options = {}) =>
  scene([pod], { run: [run(TELLING)], stateFolder: state, ...options });

/** Where a container's volumes are, once it has said so. */
async function folderOf(it: Scene): Promise<string> {
  await it.until("the folder", () => it.events.some(({ type }) => type === "output"));
  const said = it.events.find((event) => event.type === "output");
  return said?.type === "output" ? said.line : "";
}

describe("volumes of a pod on the machine's network", () => {
  it("are below a folder that its processes are told of, which is nobody else's", async () => {
    const pod = mounting([{ name: "v", mountPath: "/etc/app" }], [SETTINGS]);
    await using it = sceneOf(pod);
    it.store.apply([{ op: "put", object: configMap({ color: "red" }) }]);
    const folder = await folderOf(it);
    expect(readFileSync(join(folder, "etc/app/color"), "utf8")).toBe("red");
    const [own = ""] = readdirSync(state);
    expect(statSync(join(state, own)).mode & 0o777).toBe(0o700);
  });

  it("wait for what they refer to, and say what that is", async () => {
    await using it = sceneOf(mounting([{ name: "v", mountPath: "/etc/app" }], [SETTINGS]));
    await it.until("the message", () => it.message("a").includes("not found"));
    expect(it.message("a")).toContain("volume v: ConfigMap default/settings not found");
    expect(it.pod("a").status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("FailedMount");
    it.store.apply([{ op: "put", object: configMap({ color: "red" }) }]);
    await it.until("a to be ready", () => it.ready("a"));
  });

  it("follow changes, keep what has gone missing, and go with the pod", async () => {
    const labels = {
      name: "labels",
      downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
    };
    const mounts = [
      { name: "v", mountPath: "/etc/app" },
      { name: "labels", mountPath: "/etc/pod" },
    ];
    const pod = mounting(mounts, [SETTINGS, labels]);
    await using it = sceneOf(pod);
    it.store.apply([{ op: "put", object: configMap({ color: "red" }) }]);
    const folder = await folderOf(it);
    const read = (path: string) => readFileSync(join(folder, path), "utf8");
    it.store.apply([{ op: "put", object: configMap({ color: "blue" }) }]);
    expect(read("etc/app/color")).toBe("blue");
    it.store.apply([
      { op: "delete", key: { kind: "ConfigMap", namespace: "default", name: "settings" } },
    ]);
    expect(read("etc/app/color")).toBe("blue");
    expect(read("etc/pod/labels")).toBe('app="web"');
    const now = it.pod("a");
    const metadata = { ...now.metadata, labels: { ...now.metadata.labels, tier: "x" } };
    it.store.apply([{ op: "put", object: { ...now, metadata } }]);
    expect(read("etc/pod/labels")).toBe('app="web"\ntier="x"');
    it.store.apply([{ op: "delete", key: { kind: "Pod", namespace: "default", name: "a" } }]);
    await it.until("the end", () => it.events.some(({ type }) => type === "stopped"));
    expect(existsSync(folder)).toBe(false);
  });

  it("have parts of volumes, and volumes in volumes", async () => {
    const mounts = [
      { name: "data", mountPath: "/data" },
      { name: "data", mountPath: "/cache/", subPathExpr: "pods/$(POD_NAME)" },
      { name: "v", mountPath: "/data/app.conf", subPath: "color" },
    ];
    await using it = sceneOf(mounting(mounts, [SETTINGS, { name: "data", emptyDir: {} }]));
    it.store.apply([{ op: "put", object: configMap({ color: "red" }) }]);
    const folder = await folderOf(it);
    expect(existsSync(join(folder, "data/pods/a"))).toBe(true);
    expect(statSync(join(folder, "cache")).ino).toBe(statSync(join(folder, "data/pods/a")).ino);
    expect(readFileSync(join(folder, "data/app.conf"), "utf8")).toBe("red");
  });

  it("of one claim are one folder for all its pods", async () => {
    const claim = { name: "v", persistentVolumeClaim: { claimName: "disk" } };
    const pods = ["a", "b"].map((name) =>
      mounting([{ name: "v", mountPath: "/data" }], [claim], name),
    );
    await using it = scene(pods, { run: [run(TELLING)], stateFolder: state });
    await it.until("both", () => it.ready("a") && it.ready("b"));
    const folders = it.events.flatMap((event) => (event.type === "output" ? [event.line] : []));
    expect(new Set(folders.map((folder) => statSync(join(folder, "data")).ino)).size).toBe(1);
  });

  it.each([
    ["a volume that the pod does not have", [], "volume v: the pod has no such volume"],
    [
      "a folder that is not there",
      [{ name: "v", hostPath: { path: "/no/such" } }],
      "volume v: there is no /no/such on this machine",
    ],
  ])("say of %s what is wrong", async (_, volumes, message) => {
    await using it = sceneOf(mounting([{ name: "v", mountPath: "/x" }], volumes));
    await it.until("the message", () => it.message("a").includes(message));
  });

  it("never lead out of a volume", async () => {
    const mounts = [{ name: "v", mountPath: "/x", subPath: "../../secrets" }];
    await using it = sceneOf(mounting(mounts, [{ name: "v", emptyDir: {} }]));
    await it.until("the message", () => it.message("a").includes("leads out of it"));
  });

  it("hold the token of the API and the namespace, unless the pod declines", async () => {
    const options = { api: () => ({ host: "127.0.0.1", port: 10443, token: "secret" }) };
    await using it = sceneOf(podNamed("a"), options);
    const ca = { ...configMap({ "ca.crt": "CERT" }) };
    it.store.apply([
      { op: "put", object: { ...ca, metadata: { ...ca.metadata, name: "kube-root-ca.crt" } } },
    ]);
    const folder = join(await folderOf(it), "var/run/secrets/kubernetes.io/serviceaccount");
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    expect([read("token"), read("namespace"), read("ca.crt")]).toEqual([
      "secret",
      "default",
      "CERT",
    ]);
    await using other = sceneOf(podNamed("a", { automountServiceAccountToken: false }), options);
    expect(await folderOf(other)).toBe("undefined");
  });

  it("leave nothing when the runtime is closed", async () => {
    const it = sceneOf(mounting([{ name: "v", mountPath: "/x" }], [{ name: "v", emptyDir: {} }]));
    const folder = await folderOf(it);
    expect(existsSync(folder)).toBe(true);
    await it[Symbol.asyncDispose]();
    expect(readdirSync(state)).toEqual([]);
  });
});
