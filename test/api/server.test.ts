// biome-ignore-all lint/suspicious/noExplicitAny: answers of every kind are looked into.
import { once } from "node:events";
import { request } from "node:https";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { ApiAddress } from "../../src/engine/listen.ts";
import { ApiClient } from "./client.ts";

let engine: Engine;
let address: ApiAddress;
let api: ApiClient;
const faults: Error[] = [];

beforeEach(async () => {
  engine = createEngine();
  faults.length = 0;
  engine.on("fault", (error) => faults.push(error));
  const bound = await engine.listen({ api: { listen: "127.0.0.1:0" } });
  address = bound.api!;
  api = new ApiClient(address);
});

afterEach(async () => {
  await engine.close();
  expect(faults).toEqual([]);
});

const MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const map = (name: string, data: object = {}, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
});
const deployment = (name: string, replicas = 1) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    },
  },
});

it("warns of kinds that clients should leave", async () => {
  const { headers } = await api.call("/api/v1/namespaces/default/endpoints");
  expect(headers["warning"]).toContain("v1 Endpoints is deprecated");
  expect((await api.call(MAPS)).headers["warning"]).toBeUndefined();
});

it.each([
  ["true", true],
  ["True", true],
  ["1", true],
  ["", true],
  ["false", false],
  ["FALSE", false],
  ["0", false],
])("takes watch=%s as an API server does", async (value, watches) => {
  const { body } = await api.call(`${MAPS}?watch=${value}&timeoutSeconds=0&limit=1`);
  expect(typeof body === "object" && body.kind === "ConfigMapList").toBe(!watches);
});

describe("who is let in", () => {
  const paths = ["/api", "/api/v1/pods", "/openapi/v3", "/nowhere"];

  it.each(paths)("nobody without the token: %s", async (path) => {
    for (const authorization of [
      "",
      "Bearer ",
      "Bearer x",
      `Basic ${address.token}`,
      address.token,
    ]) {
      const { status, body } = await api.call(path, { headers: { authorization } });
      expect([status, body.kind, body.reason]).toEqual([401, "Status", "Unauthorized"]);
    }
  });

  it.each(["/healthz", "/livez", "/readyz", "/version"])("everybody to %s", async (path) => {
    const { status } = await api.call(path, { headers: { authorization: "" } });
    expect(status).toBe(200);
  });

  it("does not read what somebody sends who is not let in, nor changes anything", async () => {
    const headers = { authorization: "Bearer x" };
    const { status } = await api.post(MAPS, map("a"), { headers });
    expect(status).toBe(401);
    expect((await api.call(`${MAPS}/a`)).status).toBe(404);
  });

  it("is presented a certificate of an authority that nobody else has", async () => {
    const { host, port } = address;
    const sent = request({ host, port, path: "/version" });
    const [error] = await once(sent.end(), "error");
    expect(error.code).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  });

  it("goes on after somebody who speaks no TLS", async () => {
    const socket = connect(address.port, address.host);
    socket.on("error", () => {});
    socket.end("GET /version HTTP/1.1\r\n\r\n");
    await once(socket, "close");
    expect((await api.call("/version")).status).toBe(200);
  });
});

describe("discovery (A.2)", () => {
  it("says which kinds there are, one version after the other", async () => {
    expect((await api.call("/api")).body.versions).toEqual(["v1"]);
    const groups = (await api.call("/apis")).body.groups.map(({ name }: { name: string }) => name);
    expect(groups).toEqual(expect.arrayContaining(["apps", "batch", "discovery.k8s.io"]));
    const { body } = await api.call("/apis/apps/v1");
    expect(body).toMatchObject({ kind: "APIResourceList", groupVersion: "apps/v1" });
    expect(body.resources).toContainEqual({
      name: "deployments",
      singularName: "deployment",
      namespaced: true,
      kind: "Deployment",
      verbs: expect.arrayContaining(["create", "watch"]),
      shortNames: ["deploy"],
      categories: ["all"],
    });
    expect(body.resources).toContainEqual(
      expect.objectContaining({ name: "deployments/scale", group: "autoscaling", kind: "Scale" }),
    );
  });

  it("says it all at once to those who ask so", async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const { body, headers } = await api.call("/apis", { accept });
    expect(headers["content-type"]).toBe(accept);
    const apps = body.items.find((item: any) => item.metadata.name === "apps");
    expect(apps.versions[0].resources.map(({ resource }: any) => resource)).toContain(
      "deployments",
    );
  });

  it("describes every version that it names, and all types that a description refers to", async () => {
    const { body } = await api.call("/openapi/v3");
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(["api/v1", "apis/apps/v1"]));
    for (const { serverRelativeURL } of Object.values<any>(body.paths)) {
      const document = (await api.call(serverRelativeURL)).body;
      const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
      for (const [, name] of references)
        expect(document.components.schemas).toHaveProperty([name!]);
    }
  });

  it("describes all versions in one document of the older form, which has no words of the newer one", async () => {
    const { body } = await api.call("/openapi/v2");
    expect(body).toMatchObject({ swagger: "2.0", info: { title: "Kubernetes" } });
    const text = JSON.stringify(body);
    for (const [, name] of text.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g))
      expect(body.definitions).toHaveProperty([name!]);
    expect(text).not.toContain("#/components/");
    const { properties } = body.definitions["io.k8s.api.core.v1.ServicePort"];
    expect(properties.targetPort).toEqual({ type: "string", format: "int-or-string" });
    expect(body.definitions["io.k8s.api.core.v1.Pod"].properties.spec).toEqual({
      $ref: "#/definitions/io.k8s.api.core.v1.PodSpec",
    });
    const pods = body.paths["/api/v1/namespaces/{namespace}/pods"];
    expect(pods.parameters).toMatchObject([{ name: "namespace", in: "path" }]);
    expect(pods.post.parameters).toContainEqual({
      name: "body",
      in: "body",
      required: true,
      schema: { $ref: "#/definitions/io.k8s.api.core.v1.Pod" },
    });
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    expect((await api.call("/openapi/v2", { accept })).status).toBe(406);
  });

  it.each([
    "/apis/nowhere",
    "/apis/apps/v9",
    "/openapi/v3/apis/nowhere/v1",
    "/api/v2",
    "/apis/apps/v1/nothings",
    "/x",
  ])("knows nothing of %s", async (path) => {
    const { status, body } = await api.call(path);
    expect([status, body.reason]).toEqual([404, "NotFound"]);
  });
});

describe("objects", () => {
  it("are created, read, listed, replaced and deleted", async () => {
    const created = await api.post(MAPS, map("a", { x: "1" }));
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ kind: "ConfigMap", data: { x: "1" } });
    expect(created.body.metadata).toMatchObject({ namespace: "default", uid: expect.any(String) });
    expect((await api.call(`${MAPS}/a`)).body).toEqual(created.body);
    const list = (await api.call(MAPS)).body;
    expect(list.kind).toBe("ConfigMapList");
    expect(list.items.map((item: any) => item.metadata.name)).toEqual(["a", "kube-root-ca.crt"]);
    const replaced = await api.put(`${MAPS}/a`, { ...created.body, data: { y: "2" } });
    expect(replaced.body.data).toEqual({ y: "2" });
    expect(replaced.body.metadata.resourceVersion).not.toBe(created.body.metadata.resourceVersion);
    const deleted = await api.delete(`${MAPS}/a`);
    expect(deleted.body).toMatchObject({
      status: "Success",
      details: { name: "a", kind: "configmaps" },
    });
    expect((await api.call(`${MAPS}/a`)).body).toMatchObject({
      reason: "NotFound",
      message: 'configmaps "a" not found',
    });
  });

  it("that are worked on by control loops are answered with what came of it", async () => {
    const { body } = await api.post("/api/v1/namespaces/default/services", {
      metadata: { name: "web" },
      spec: { ports: [{ port: 80 }] },
    });
    expect(body.spec.clusterIP).toMatch(/^10\.96\.|^10\.1/);
  });

  it.each<[string, () => Promise<{ status: number; body: any }>, number, string]>([
    [
      "a name that is taken",
      async () => {
        await api.post(MAPS, map("a"));
        return api.post(MAPS, map("a"));
      },
      409,
      "AlreadyExists",
    ],
    [
      "a namespace that is not there",
      () => api.post("/api/v1/namespaces/nowhere/configmaps", map("a")),
      404,
      "NotFound",
    ],
    [
      "a namespace unlike the path's",
      () => api.post(MAPS, map("a", {}, { namespace: "x" })),
      400,
      "BadRequest",
    ],
    [
      "a kind unlike the path's",
      () => api.post(MAPS, { ...map("a"), kind: "Secret" }),
      400,
      "BadRequest",
    ],
    [
      "a version that nobody set",
      () => api.post(MAPS, map("a", {}, { resourceVersion: "3" })),
      400,
      "BadRequest",
    ],
    ["an object that breaks the rules", () => api.post(MAPS, map("A_")), 422, "Invalid"],
    ["a body that is no object", () => api.post(MAPS, "[1]"), 400, "BadRequest"],
    ["a body that is no JSON", () => api.post(MAPS, "{"), 400, "BadRequest"],
    [
      "a body of a type that nobody reads",
      () => api.post(MAPS, "x", { type: "text/plain" }),
      415,
      "UnsupportedMediaType",
    ],
    [
      "a body that is too large",
      () => api.post(MAPS, map("a", { x: "x".repeat(4 << 20) })),
      413,
      "RequestEntityTooLarge",
    ],
    [
      "a body that unpacks to too much",
      () =>
        api.post(MAPS, gzipSync(Buffer.alloc(16 << 20)), {
          headers: { "content-encoding": "gzip" },
        }),
      400,
      "BadRequest",
    ],
    [
      "an answer in a form that is not offered",
      () => api.call(MAPS, { accept: "application/vnd.kubernetes.protobuf" }),
      406,
      "NotAcceptable",
    ],
    ["a selector that is none", () => api.call(`${MAPS}?labelSelector=%21%21`), 400, "BadRequest"],
    ["a field that is none", () => api.call(`${MAPS}?fieldSelector=a%3Db`), 400, "BadRequest"],
    [
      "a method that a resource has not",
      () => api.call(MAPS, { method: "PUT", body: map("a") }),
      405,
      "MethodNotAllowed",
    ],
  ])("refuses %s", async (_, call, status, reason) => {
    const answer = await call();
    expect([answer.status, answer.body.kind, answer.body.reason]).toEqual([
      status,
      "Status",
      reason,
    ]);
  });

  it("are not overwritten by who has not seen the latest version", async () => {
    const { body } = await api.post(MAPS, map("a"));
    await api.put(`${MAPS}/a`, { ...body, data: { x: "1" } });
    const late = await api.put(`${MAPS}/a`, { ...body, data: { x: "2" } });
    expect([late.status, late.body.reason]).toEqual([409, "Conflict"]);
    expect((await api.call(`${MAPS}/a`)).body.data).toEqual({ x: "1" });
    const patch = { metadata: { resourceVersion: body.metadata.resourceVersion } };
    expect((await api.patch(`${MAPS}/a`, "merge-patch+json", patch)).status).toBe(409);
  });

  it("get a name of their own for generateName", async () => {
    const { body } = await api.post(MAPS, { metadata: { generateName: "run-" } });
    expect(body.metadata.name).toMatch(/^run-[a-z0-9]{5}$/);
  });

  it("stay as they are in a dry run", async () => {
    const query = "?dryRun=All";
    const created = await api.post(`${MAPS}${query}`, map("a"));
    expect([created.status, created.body.metadata.name]).toEqual([201, "a"]);
    expect((await api.call(`${MAPS}/a`)).status).toBe(404);
    await api.post(MAPS, map("a", { x: "1" }));
    await api.put(`${MAPS}/a${query}`, map("a", { x: "2" }));
    await api.delete(`${MAPS}/a${query}`);
    expect((await api.call(`${MAPS}/a`)).body.data).toEqual({ x: "1" });
  });

  it("count the generations of what is wanted, and of nothing else", async () => {
    const { body } = await api.post(DEPLOYMENTS, deployment("web"));
    expect(body.metadata.generation).toBe(1);
    const path = `${DEPLOYMENTS}/web`;
    const generation = async () => (await api.call(path)).body.metadata.generation;
    await api.patch(path, "merge-patch+json", { metadata: { labels: { a: "b" } } });
    expect(await generation()).toBe(1);
    await api.patch(path, "merge-patch+json", { spec: { replicas: 2 } });
    expect(await generation()).toBe(2);
    await api.patch(path, "merge-patch+json", { metadata: { generation: 9 } });
    expect(await generation()).toBe(2);
  });

  it("have their status written by its own endpoint, and by no other", async () => {
    const path = "/api/v1/namespaces/default/services";
    await api.post(path, { metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } });
    const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
    await api.patch(`${path}/web`, "merge-patch+json", { status });
    expect((await api.call(`${path}/web`)).body.status).not.toEqual(status);
    await api.patch(`${path}/web/status`, "merge-patch+json", {
      status,
      spec: { type: "NodePort" },
    });
    const { body } = await api.call(`${path}/web`);
    expect(body.status).toEqual(status);
    expect(body.spec.type).toBe("ClusterIP");
  });

  it("are read from YAML", async () => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: 'yes'}\n";
    const { body } = await api.post(MAPS, yaml, { type: "application/yaml" });
    expect(body.data).toEqual({ x: "yes" });
  });

  it("take patches of all types", async () => {
    await api.post(DEPLOYMENTS, deployment("web"));
    const path = `${DEPLOYMENTS}/web`;
    const container = (more: object) => ({
      spec: { template: { spec: { containers: [{ name: "web", ...more }] } } },
    });
    await api.patch(path, "strategic-merge-patch+json", container({ image: "web:2" }));
    await api.patch(path, "json-patch+json", [{ op: "replace", path: "/spec/replicas", value: 3 }]);
    await api.patch(path, "merge-patch+json", { metadata: { annotations: { a: "b" } } });
    const apply = {
      ...deployment("web", 3),
      metadata: { name: "web", labels: { app: "web", x: "y" } },
    };
    const query = "?fieldManager=ci&force=true";
    const { body } = await api.patch(`${path}${query}`, "apply-patch+yaml", apply);
    expect(body.spec.replicas).toBe(3);
    expect(body.spec.template.spec.containers[0].image).toBe("web:1");
    expect(body.metadata).toMatchObject({
      annotations: { a: "b" },
      labels: { app: "web", x: "y" },
    });
    const managers = body.metadata.managedFields.map(
      (entry: any) => `${entry.manager} ${entry.operation}`,
    );
    expect(managers).toContain("ci Apply");
  });

  it("say who owns what an apply would change", async () => {
    const path = `${DEPLOYMENTS}/web?fieldManager=`;
    await api.patch(`${path}a`, "apply-patch+yaml", deployment("web", 1));
    const { status, body } = await api.patch(`${path}b`, "apply-patch+yaml", deployment("web", 2));
    expect([status, body.reason]).toEqual([409, "Conflict"]);
    expect(body.message).toBe('Apply failed with 1 conflict: conflict with "a": .spec.replicas');
    expect(body.details.causes).toEqual([
      { reason: "FieldManagerConflict", message: 'conflict with "a"', field: ".spec.replicas" },
    ]);
  });

  it("keep what can't be changed", async () => {
    await api.post(DEPLOYMENTS, deployment("web"));
    const { status, body } = await api.patch(`${DEPLOYMENTS}/web`, "merge-patch+json", {
      spec: { selector: { matchLabels: { app: "other" } } },
    });
    expect([status, body.reason]).toEqual([422, "Invalid"]);
  });
});

describe("a list", () => {
  beforeEach(async () => {
    for (const name of ["c", "a", "b"])
      await api.post(MAPS, map(name, {}, { labels: { of: name } }));
  });
  const names = (body: any) => body.items.map((item: any) => item.metadata.name);

  it("comes in the order of names, selected by labels and fields", async () => {
    expect(names((await api.call(MAPS)).body)).toEqual(["a", "b", "c", "kube-root-ca.crt"]);
    expect(names((await api.call(`${MAPS}?labelSelector=of+in+(a,c)`)).body)).toEqual(["a", "c"]);
    expect(names((await api.call(`${MAPS}?fieldSelector=metadata.name%3Db`)).body)).toEqual(["b"]);
  });

  it("comes in pages, all of the same moment", async () => {
    const first = (await api.call(`${MAPS}?limit=2`)).body;
    expect([names(first), first.metadata.remainingItemCount]).toEqual([["a", "b"], 2]);
    await api.delete(`${MAPS}/c`);
    const next = (await api.call(`${MAPS}?limit=2&continue=${first.metadata.continue}`)).body;
    expect(names(next)).toEqual(["c", "kube-root-ca.crt"]);
    expect(next.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    for (const token of ["x", Buffer.from("9.9/2").toString("base64url")]) {
      const { status } = await api.call(`${MAPS}?limit=2&continue=${token}`);
      expect(status).toBe(token === "x" ? 400 : 410);
    }
  });

  it("comes as the table that kubectl prints, or with metadata alone", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const { body } = await api.call(MAPS, { accept });
    expect(body.kind).toBe("Table");
    expect(body.columnDefinitions.map(({ name }: any) => name)).toEqual(["Name", "Data", "Age"]);
    expect(body.rows[0].cells.slice(0, 2)).toEqual(["a", "0"]);
    expect(body.rows[0].object.kind).toBe("PartialObjectMetadata");
    const partial = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    const list = (await api.call(MAPS, { accept: partial })).body;
    expect(list.kind).toBe("PartialObjectMetadataList");
    expect(list.items[0].data).toBeUndefined();
  });
});

describe("a watch", () => {
  async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
    const list: T[] = [];
    for await (const event of events) list.push(event);
    return list;
  }

  async function take(events: AsyncGenerator<{ type: string; object: any }>, count: number) {
    const taken: string[] = [];
    for await (const { type, object } of events) {
      taken.push(`${type} ${object.metadata.name ?? ""}`.trim());
      if (taken.length === count) break;
    }
    return taken;
  }

  it("tells what there is, where it ends, and then what changes", async () => {
    await api.post(MAPS, map("a"));
    const query =
      "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    const events = api.watch(`${MAPS}${query}&labelSelector=%21x`);
    const taken = take(events, 6);
    await expect.poll(() => engine.store.count("ConfigMap")).toBeGreaterThan(1);
    await new Promise((resolve) => setImmediate(resolve));
    await api.post(MAPS, map("b"));
    await api.patch(`${MAPS}/b`, "merge-patch+json", { metadata: { labels: { x: "1" } } });
    await api.delete(`${MAPS}/a`);
    const told = await taken;
    expect(told.slice(0, 2).sort()).toEqual(["ADDED a", "ADDED kube-root-ca.crt"]);
    expect(told.slice(2)).toEqual(["BOOKMARK", "ADDED b", "DELETED b", "DELETED a"]);
  });

  it("goes on from a version, and says when it is too old", async () => {
    const { body } = await api.post(MAPS, map("a"));
    await api.post(MAPS, map("b"));
    const { resourceVersion } = body.metadata;
    const events = api.watch(`${MAPS}?watch=true&resourceVersion=${resourceVersion}`);
    expect(await take(events, 1)).toEqual(["ADDED b"]);
    const [first] = await all(api.watch(`${MAPS}?watch=1&resourceVersion=999999`));
    expect(first).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
  });

  it("ends after the time that the client gives it", async () => {
    const events = await all(api.watch(`${MAPS}?watch=true&timeoutSeconds=1`));
    expect(events.map(({ type }) => type)).toEqual(["ADDED"]);
  });

  it("leaves nothing behind when the client goes", async () => {
    const events = api.watch(`${MAPS}?watch=true`);
    await events.next();
    await events.return(undefined);
    for (let i = 0; i < 50; i++) await api.post(MAPS, map(`x${i}`));
    expect((await api.call(MAPS)).body.items).toHaveLength(51);
  });
});

describe("a deletion", () => {
  it("waits for finalizers", async () => {
    await api.post(MAPS, map("a", {}, { finalizers: ["x/y"] }));
    const { body } = await api.delete(`${MAPS}/a`);
    expect(body.metadata.deletionTimestamp).toMatch(/Z$/);
    expect((await api.call(`${MAPS}/a`)).status).toBe(200);
    await api.patch(`${MAPS}/a`, "merge-patch+json", { metadata: { finalizers: null } });
    expect((await api.call(`${MAPS}/a`)).status).toBe(404);
  });

  it("takes along what belongs to the object, leaves it, or waits for it", async () => {
    const replicaSets = () => engine.store.list("ReplicaSet.apps").length;
    const path = `${DEPLOYMENTS}/web`;
    for (const [policy, left] of [
      ["Background", 0],
      ["Foreground", 0],
      ["Orphan", 1],
    ] as const) {
      await api.post(DEPLOYMENTS, deployment("web"));
      expect(replicaSets()).toBe(1);
      const { status } = await api.delete(path, { propagationPolicy: policy });
      expect(status).toBe(200);
      expect((await api.call(path)).status).toBe(404);
      expect(replicaSets()).toBe(left);
    }
    expect(engine.store.list("Pod")).toHaveLength(1);
  });

  it("of a namespace takes along what is in it", async () => {
    await api.post("/api/v1/namespaces", { metadata: { name: "foo" } });
    await api.post("/api/v1/namespaces/foo/configmaps", map("a"));
    await api.delete("/api/v1/namespaces/foo");
    expect((await api.call("/api/v1/namespaces/foo")).status).toBe(404);
    expect(engine.store.list("ConfigMap", { namespace: "foo" })).toEqual([]);
    expect(engine.store.list("ServiceAccount", { namespace: "foo" })).toEqual([]);
  });

  it("of a collection takes what is selected", async () => {
    for (const name of ["a", "b"]) await api.post(MAPS, map(name, {}, { labels: { of: name } }));
    await api.delete(`${MAPS}?labelSelector=of%3Da`);
    expect((await api.call(`${MAPS}/a`)).status).toBe(404);
    expect((await api.call(`${MAPS}/b`)).status).toBe(200);
  });

  it("keeps to its preconditions", async () => {
    await api.post(MAPS, map("a"));
    const { status } = await api.delete(`${MAPS}/a`, { preconditions: { uid: "other" } });
    expect(status).toBe(409);
  });
});

describe("custom resources", () => {
  const definition = (scope: string) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope,
      names: { plural: "widgets", singular: "widget", kind: "Widget", shortNames: ["wd"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
            },
          },
          subresources: { status: {} },
          additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
        },
      ],
    },
  });

  it("are served as soon as they are defined, with their columns", async () => {
    const path = "/apis/example.com/v1/namespaces/default/widgets";
    expect((await api.call(path)).status).toBe(404);
    const answer = await api.post(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      definition("Namespaced"),
    );
    expect(answer.status).toBe(201);
    const widget = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "a" },
      spec: { size: 3 },
    };
    expect((await api.post(path, widget)).status).toBe(201);
    const { body } = await api.call(path, {
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
    });
    expect(body.rows[0].cells.slice(0, 2)).toEqual(["a", "3"]);
    expect((await api.call("/apis/example.com/v1")).body.resources[0].shortNames).toEqual(["wd"]);
    const patch = await api.patch(`${path}/a`, "strategic-merge-patch+json", {});
    expect(patch.status).toBe(415);
  });

  it("may have no namespace", async () => {
    await api.post(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      definition("Cluster"),
    );
    const path = "/apis/example.com/v1/widgets";
    const { status, body } = await api.post(path, { metadata: { name: "a" } });
    expect([status, body.metadata.namespace]).toEqual([201, undefined]);
    expect((await api.call(`${path}/a`)).status).toBe(200);
  });
});

describe("subresources", () => {
  it("scale a workload", async () => {
    await api.post(DEPLOYMENTS, deployment("web"));
    const path = `${DEPLOYMENTS}/web/scale`;
    expect((await api.call(path)).body).toMatchObject({
      kind: "Scale",
      spec: { replicas: 1 },
      status: { selector: "app=web" },
    });
    await api.patch(path, "merge-patch+json", { spec: { replicas: 3 } });
    expect(engine.store.list("Pod")).toHaveLength(3);
  });

  describe("evict a Pod", () => {
    const evict = async () => {
      const [pod] = engine.store.list("Pod");
      const { name } = pod!.metadata;
      const path = `/api/v1/namespaces/default/pods/${name}`;
      const { status, body } = await api.post(`${path}/eviction`, {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name },
      });
      const isGone = (await api.call(path)).status === 404;
      return { status, isGone, cause: body.details?.causes?.[0]?.message };
    };
    const beReady = (ready: boolean) =>
      engine.store.apply(
        engine.store.list("Pod").map((pod) => ({
          op: "status" as const,
          key: { kind: "Pod", namespace: "default", name: pod.metadata.name },
          status: {
            phase: "Running",
            conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
          },
        })),
      );
    const budget = (name: string, spec: object) =>
      api.post("/apis/policy/v1/namespaces/default/poddisruptionbudgets", {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name },
        spec: { selector: { matchLabels: { app: "web" } }, ...spec },
      });

    it("that has no budget, or does not run", async () => {
      await api.post(DEPLOYMENTS, deployment("web"));
      expect(await evict()).toMatchObject({ status: 201, isGone: true });
      await budget("web", { minAvailable: 1 });
      expect(await evict()).toMatchObject({ status: 201, isGone: true });
    });

    it("only as long as its budget allows it", async () => {
      await api.post(DEPLOYMENTS, deployment("web"));
      await budget("web", { minAvailable: 1 });
      beReady(true);
      expect(await evict()).toEqual({
        status: 429,
        isGone: false,
        cause: "The disruption budget web needs 1 healthy pods and has 1 currently",
      });
      await api.patch(`${DEPLOYMENTS}/web/scale`, "merge-patch+json", { spec: { replicas: 2 } });
      beReady(true);
      expect(await evict()).toMatchObject({ status: 201, isGone: true });
    });

    it("that is not ready, if the budget says so", async () => {
      await api.post(DEPLOYMENTS, deployment("web"));
      await budget("web", { minAvailable: 1 });
      beReady(false);
      expect(await evict()).toMatchObject({ status: 429, isGone: false });
      await api.patch(
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web",
        "merge-patch+json",
        { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } },
      );
      expect(await evict()).toMatchObject({ status: 201, isGone: true });
    });

    it("not where two budgets speak of it", async () => {
      await api.post(DEPLOYMENTS, deployment("web"));
      await budget("web", { minAvailable: 0 });
      await budget("other", { minAvailable: 0 });
      beReady(true);
      expect(await evict()).toMatchObject({ status: 500, isGone: false });
    });
  });

  it("say of logs that nobody runs the Pod", async () => {
    await api.post(DEPLOYMENTS, deployment("web"));
    const [pod] = engine.store.list("Pod");
    const path = `/api/v1/namespaces/default/pods/${pod!.metadata.name}/log`;
    const { status, body } = await api.call(path);
    expect([status, body.message]).toEqual([
      400,
      expect.stringContaining("is not run on this machine"),
    ]);
    expect((await api.call(`${path}?container=x`)).body.message).toContain(
      "container x is not valid",
    );
  });

  it("that are not served are refused, not ignored", async () => {
    await api.post(DEPLOYMENTS, deployment("web"));
    expect((await api.call(`${DEPLOYMENTS}/web/nothing`)).status).toBe(404);
  });
});
