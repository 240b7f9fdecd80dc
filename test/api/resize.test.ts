import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { ApiClient } from "./client.ts";

let engine: Engine;
let folder: string;
let client: ApiClient;
let starts = 0;

const PODS = "/api/v1/namespaces/default/pods";
const STRATEGIC = "strategic-merge-patch+json";

const RESOURCES = {
  requests: { cpu: "100m", memory: "32Mi" },
  limits: { cpu: "200m", memory: "64Mi" },
};

const pod = (name: string, containers: readonly object[]) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: {
    containers: containers.map((container) => ({ image: "any:1", ...container })),
    initContainers: [{ name: "first", image: "any:1" }],
  },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-resize-"));
  const text = `run: { pod/web: { command: [sh, -c, "while :; do sleep 1; done"] } }`;
  const { config } = readLocalConfig(text, join(folder, "kubelane.yaml"));
  engine = createEngine({ localPods: config!.values });
  const ready = new Promise<void>((resolve) => {
    engine.on("pod", (event) => {
      if (event.type === "started") starts++;
      if (event.type === "ready") resolve();
    });
  });
  await engine.load([
    pod("web", [{ name: "main", resources: RESOURCES }, { name: "side" }]),
    pod("plain", [{ name: "main" }]),
  ]);
  client = new ApiClient((await engine.listen({ api: { listen: "127.0.0.1:0" } })).api!);
  engine.startPods();
  await ready;
});

afterAll(async () => {
  await engine.close({ grace: 0 });
  rmSync(folder, { recursive: true, force: true });
});

const resize = (body: object, name = "web", kind = STRATEGIC) =>
  client.patch(`${PODS}/${name}/resize`, kind, body);

const main = (resources: object, more: object = {}) => ({
  spec: { containers: [{ name: "main", resources, ...more }] },
});

describe("a resize", () => {
  it("changes how much a container may use, and its process goes on", async () => {
    const before = (await client.call(`${PODS}/web`)).body;
    const { status, body } = await resize(main({ requests: { cpu: "150m" } }));
    expect(status).toBe(200);
    const expected = { ...RESOURCES, requests: { cpu: "150m", memory: "32Mi" } };
    expect(body.spec.containers[0].resources).toEqual(expected);
    expect(body.metadata.generation).toBe((before.metadata.generation ?? 1) + 1);
    const after = (await client.call(`${PODS}/web/resize`)).body;
    expect(after.status.containerStatuses[0]).toMatchObject({
      restartCount: 0,
      resources: expected,
      allocatedResources: expected.requests,
      state: before.status.containerStatuses[0].state,
    });
    expect(starts).toBe(1);
  });

  it("changes nothing else, as a real server has it", async () => {
    const before = (await client.call(`${PODS}/web`)).body;
    const { status, body } = await resize({
      metadata: { labels: { a: "b" }, annotations: { c: "d" } },
      spec: { activeDeadlineSeconds: 5, containers: [{ name: "main", image: "other:2" }] },
    });
    expect(status).toBe(200);
    expect(body.metadata.labels).toEqual(before.metadata.labels);
    expect(body.metadata.annotations).toEqual(before.metadata.annotations);
    expect(body.spec).toEqual(before.spec);
  });

  it("can be a whole Pod", async () => {
    const { body: before } = await client.call(`${PODS}/web`);
    const [first, ...others] = before.spec.containers;
    const resources = { ...first.resources, requests: { cpu: "160m", memory: "32Mi" } };
    const { status, body } = await client.put(`${PODS}/web/resize`, {
      ...before,
      spec: { ...before.spec, containers: [{ ...first, resources }, ...others] },
    });
    expect(status).toBe(200);
    expect(body.spec.containers[0].resources).toEqual(resources);
  });

  it("can be applied, and owns the resources alone", async () => {
    const applied = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", labels: { not: "taken" } },
      ...main({ requests: { cpu: "170m" } }, { image: "not-taken" }),
    };
    const path = `${PODS}/web/resize?fieldManager=sizer&force=true`;
    const { status, body } = await client.patch(path, "apply-patch+yaml", applied);
    expect(status).toBe(200);
    expect(body.spec.containers[0]).toMatchObject({
      image: "any:1",
      resources: { requests: { cpu: "170m" }, limits: { cpu: "200m" } },
    });
    expect(body.metadata.labels).toBeUndefined();
    const fields = {
      'k:{"name":"main"}': expect.objectContaining({ "f:resources": expect.anything() }),
    };
    expect(body.metadata.managedFields).toContainEqual(
      expect.objectContaining({
        manager: "sizer",
        operation: "Apply",
        subresource: "resize",
        fieldsV1: { "f:spec": { "f:containers": fields } },
      }),
    );
  });

  it.each([
    [
      "of storage",
      main({ requests: { "ephemeral-storage": "1Gi" } }),
      "spec: Forbidden: only cpu and memory resources are mutable",
    ],
    [
      "of how it is done",
      main({}, { resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] }),
      "spec: Forbidden: only cpu and memory resources are mutable",
    ],
    [
      "that takes a limit away",
      main({ limits: { cpu: null } }),
      "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
    ],
    [
      "to more than the limit",
      main({ requests: { cpu: "500m" } }),
      "spec.containers[0].resources.requests.cpu: the request 500m is more than the limit 200m",
    ],
    [
      "that adds a container",
      { spec: { containers: [{ name: "new", image: "x:1" }] } },
      "spec.containers: Forbidden: containers may not be added or removed on resize",
    ],
  ])("%s is refused", async (_, patch, why) => {
    const { status, body } = await resize(patch);
    expect(body.message).toBe(`Pod "web" is invalid: ${why}`);
    expect(status).toBe(422);
  });

  it("that changes the order of containers is refused", async () => {
    const patch = {
      spec: {
        containers: [
          { name: "side", image: "x" },
          { name: "main", image: "x" },
        ],
      },
    };
    const { body } = await resize(patch, "web", "merge-patch+json");
    const why = "Forbidden: containers may not be renamed or reordered on resize";
    expect(body.message).toBe(
      `Pod "web" is invalid: [spec.containers[0].name: ${why}, spec.containers[1].name: ${why}]`,
    );
  });

  it("that changes the class of the pod is refused", async () => {
    const { status, body } = await resize(main({ requests: { cpu: "1m" } }), "plain");
    expect(status).toBe(422);
    expect(body.message).toBe(
      'Pod "plain" is invalid: spec: Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing',
    );
  });

  it("is the only way to change resources", async () => {
    const { status } = await client.patch(
      `${PODS}/web`,
      STRATEGIC,
      main({ requests: { cpu: "1m" } }),
    );
    expect(status).toBe(422);
  });
});
