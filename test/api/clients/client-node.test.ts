import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import * as k8s from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ServedApi, serveApi } from "./served-api.ts";

let api: ServedApi;
let config: k8s.KubeConfig;
let core: k8s.CoreV1Api;

beforeAll(async () => {
  api = await serveApi();
  config = new k8s.KubeConfig();
  config.loadFromFile(api.kubeconfig);
  core = config.makeApiClient(k8s.CoreV1Api);
});
afterAll(() => api.close());

const namespace = "default";
const map = (name: string, value = "1") => ({ metadata: { name }, data: { value } });

it("follows objects by an informer", async () => {
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: "app=informer" });
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = k8s.makeInformer(config, path, list, "app=informer");
  const events: string[] = [];
  const seen = new Map<string, () => void>();
  for (const verb of ["add", "update", "delete"] as const) {
    informer.on(verb, ({ metadata, data }) => {
      events.push(`${verb} ${metadata?.name}=${data?.["value"]}`);
      seen.get(verb)?.();
    });
  }
  const next = (verb: string) => new Promise<void>((resolve) => void seen.set(verb, resolve));
  const labelled = (value: string) => ({
    ...map("followed", value),
    metadata: { name: "followed", labels: { app: "informer" } },
  });
  await core.createNamespacedConfigMap({ namespace, body: labelled("1") });
  const added = next("add");
  await informer.start();
  await added;
  const updated = next("update");
  await core.replaceNamespacedConfigMap({ namespace, name: "followed", body: labelled("2") });
  await updated;
  const deleted = next("delete");
  await core.deleteNamespacedConfigMap({ namespace, name: "followed" });
  await deleted;
  await informer.stop();
  expect(events).toEqual(["add followed=1", "update followed=2", "delete followed=2"]);
});

it("patches in every way, and applies", async () => {
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const body = { apiVersion: "v1", kind: "ConfigMap", ...map("patched") };
  await objects.create({ ...body, metadata: { ...body.metadata, namespace } });
  const patch = async (data: object, type: k8s.PatchStrategy) => {
    const { apiVersion, kind } = body;
    const spec = { apiVersion, kind, metadata: { name: "patched", namespace }, ...data };
    return objects.patch<k8s.V1ConfigMap>(spec, undefined, undefined, "node", true, type);
  };
  const merged = await patch({ data: { a: "b" } }, k8s.PatchStrategy.MergePatch);
  expect(merged.data).toEqual({ value: "1", a: "b" });
  const strategic = await patch({ data: { c: "d" } }, k8s.PatchStrategy.StrategicMergePatch);
  expect(strategic.data).toEqual({ value: "1", a: "b", c: "d" });
  const applied = await patch({ data: { value: "9" } }, k8s.PatchStrategy.ServerSideApply);
  expect(applied.data).toMatchObject({ value: "9" });
  expect(applied.metadata?.managedFields?.map(({ operation }) => operation)).toContain("Apply");
  await expect(
    objects.read({ ...body, metadata: { name: "no", namespace } }),
  ).rejects.toMatchObject({ code: 404 });
});

it("reads the log of a pod, runs a command beside it and connects to its port", async () => {
  const output = new PassThrough();
  const log = new k8s.Log(config);
  await log.log(namespace, "web", "web", output, { follow: false, tailLines: 1 });
  expect(await text(output)).toBe("listening\n");

  const stdout = new PassThrough();
  const status = new Promise<k8s.V1Status>((resolve) => {
    const input = new PassThrough();
    void new k8s.Exec(config).exec(
      namespace,
      "web",
      "web",
      ["sh", "-c", "read line; echo got $line; exit 3"],
      stdout,
      null,
      input,
      false,
      resolve,
    );
    input.end("text\n");
  });
  const { details } = await status;
  expect(details?.causes).toMatchObject([{ reason: "ExitCode", message: "3" }]);
  stdout.end();
  expect(await text(stdout)).toBe("got text\n");

  const [input, answer] = [new PassThrough(), new PassThrough()];
  await new k8s.PortForward(config).portForward(
    namespace,
    "web",
    [8080],
    answer,
    new PassThrough(),
    input,
  );
  input.write("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
  let said = "";
  for await (const chunk of answer) {
    said += chunk;
    if (said.includes("from the pod")) break;
  }
  expect(said).toContain("200 OK");
});

it("knows by its own means whether the server is well", async () => {
  expect(await new k8s.Health(config).readyz({})).toBe(true);
  const version = await config.makeApiClient(k8s.VersionApi).getCode();
  expect(version.minor).toBe("36");
});
