import { existsSync } from "node:fs";
import { appendFile, chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { ApiClient } from "../api/client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const map = (name: string, value = "1") => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { value },
});

let folder: string;
let engine: Engine;
let api: ApiClient;
const told: string[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  told.length = 0;
  await start();
});
afterEach(() => engine.close());

async function start(): Promise<void> {
  engine = createEngine();
  engine.on("told", (message) => told.push(message));
  engine.on("fault", (error) => told.push(`fault: ${error.message}`));
  const bound = await engine.listen({ api: { listen: "127.0.0.1:0" } });
  api = new ApiClient(bound.api!);
}

const dataOf = (name: string) => {
  const object = engine.store.get("ConfigMap", "default", name) as
    | { data?: { value?: string } }
    | undefined;
  return object?.data?.value;
};
const origins = () =>
  engine
    .origins()
    .map((each) => `${each.key.name} ${each.from === "api" ? "made" : each.how}`)
    .sort();

describe("what stands in a file", () => {
  const write = (...maps: readonly object[]) =>
    writeFile(join(folder, "maps.yaml"), maps.map((each) => JSON.stringify(each)).join("\n---\n"));

  beforeEach(async () => {
    await write(map("a"), map("b"), map("c"));
    await writeFile(join(folder, "other.yaml"), JSON.stringify(map("d")));
    await engine.load(folder);
  });

  it("stays as it was changed through the API until its file changes", async () => {
    const changed = await api.patch(`${MAPS}/a`, "merge-patch+json", { data: { value: "2" } });
    expect(changed.status).toBe(200);
    expect(origins()).toEqual(["a changed"]);
    await writeFile(join(folder, "other.yaml"), JSON.stringify(map("d", "9")));
    await engine.reload([folder]);
    expect([dataOf("a"), dataOf("d")]).toEqual(["2", "9"]);
    // Of `a` itself the file says nothing new.
    await write(map("a"), map("b", "3"), map("c"));
    await engine.reload([folder]);
    expect([dataOf("a"), dataOf("b")]).toEqual(["1", "3"]);
    expect(origins()).toEqual([]);
  });

  it("stays deleted until its file changes", async () => {
    await api.delete(`${MAPS}/a`);
    expect(dataOf("a")).toBeUndefined();
    expect(origins()).toEqual(["a deleted"]);
    await write(map("a"), map("b", "3"), map("c"));
    await engine.reload([folder]);
    expect(dataOf("a")).toBe("1");
    expect(origins()).toEqual([]);
  });

  it("is all as the files say when they are read again", async () => {
    await api.patch(`${MAPS}/a`, "merge-patch+json", { data: { value: "2" } });
    await api.delete(`${MAPS}/b`);
    await engine.reload();
    expect([dataOf("a"), dataOf("b"), origins()]).toEqual(["1", "1", []]);
  });

  it("is not marked for what a file never says, or when it is changed back", async () => {
    const path = `${MAPS}/a`;
    await api.patch(path, "merge-patch+json", { metadata: { finalizers: ["example.com/x"] } });
    expect(origins()).toEqual([]);
    await api.patch(path, "merge-patch+json", { data: { value: "2" } });
    expect(origins()).toEqual(["a changed"]);
    await api.patch(path, "merge-patch+json", { data: { value: "1" } });
    expect(origins()).toEqual([]);
  });

  it("says who changed it, and where it stands", async () => {
    await api.call(`${MAPS}/b?fieldManager=me`, {
      method: "PATCH",
      type: "application/merge-patch+json",
      body: { data: { value: "2" } },
    });
    expect(engine.origins()).toMatchObject([
      {
        from: "file",
        how: "changed",
        by: "me",
        key: { name: "b" },
        position: { file: expect.stringMatching(/maps\.yaml$/), line: 3 },
      },
    ]);
  });

  it("waits for finalizers when it leaves its file, and keeps them when that changes", async () => {
    await api.patch(`${MAPS}/a`, "merge-patch+json", {
      metadata: { finalizers: ["example.com/x"] },
    });
    await write(map("a", "2"), map("b"), map("c"));
    await engine.reload([folder]);
    expect(dataOf("a")).toBe("2");
    await write(map("b"), map("c"));
    await engine.reload([folder]);
    const { body } = await api.call(`${MAPS}/a`);
    expect(body.metadata).toMatchObject({
      finalizers: ["example.com/x"],
      deletionTimestamp: expect.any(String),
    });
    await api.patch(`${MAPS}/a`, "merge-patch+json", { metadata: { finalizers: null } });
    expect(dataOf("a")).toBeUndefined();
  });
});

describe("what stands in no file", () => {
  const state = () => join(folder, "state");
  const again = async () => {
    await engine.close();
    await start();
    await engine.keepState(state());
  };

  it("is gone with the engine without a folder, and there again with one", async () => {
    await api.post(MAPS, map("lost"));
    expect(origins()).toEqual(["lost made"]);
    await engine.close();
    await start();
    await engine.keepState(state());
    expect(dataOf("lost")).toBeUndefined();
    const { body } = await api.post(MAPS, map("kept"));
    await api.post(MAPS, map("deleted"));
    await api.delete(`${MAPS}/deleted`);
    await again();
    const { body: restored } = await api.call(`${MAPS}/kept`);
    expect(restored.metadata.uid).toBe(body.metadata.uid);
    expect(restored.data).toEqual(body.data);
    expect(dataOf("deleted")).toBeUndefined();
    expect(engine.origins()).toMatchObject([{ key: { name: "kept" }, isKept: true }]);
  });

  it("is on disk before its client is answered, for its user alone", async () => {
    await engine.keepState(state());
    const { status } = await api.post(MAPS, map("kept", "secret"));
    expect(status).toBe(201);
    const text = await readFile(join(state(), "objects.jsonl"), "utf8");
    expect(text).toContain('"value":"secret"');
    expect((await stat(join(state(), "objects.jsonl"))).mode & 0o777).toBe(0o600);
    expect((await stat(state())).mode & 0o777).toBe(0o700);
    await api.delete(`${MAPS}/kept`);
    expect(await readFile(join(state(), "objects.jsonl"), "utf8")).toContain('"delete"');
  });

  it("tells of a record that was being written when the last run ended", async () => {
    await engine.keepState(state());
    await api.post(MAPS, map("kept"));
    await engine.close();
    await appendFile(join(state(), "objects.jsonl"), "0123");
    await start();
    await engine.keepState(state());
    expect(dataOf("kept")).toBe("1");
    expect(told).toEqual([expect.stringMatching(/objects\.jsonl: the last record has no end/)]);
  });

  it("comes back with its namespace, definition and status, and with what is made of it", async () => {
    await engine.keepState(state());
    await api.post("/api/v1/namespaces", { metadata: { name: "shop" } });
    await api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      metadata: { name: "tops.example.com" },
      spec: {
        group: "example.com",
        scope: "Cluster",
        names: { plural: "tops", kind: "Top" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        ],
      },
    });
    await api.post("/apis/example.com/v1/tops", { metadata: { name: "one" } });
    await api.call("/apis/example.com/v1/tops/one/status", {
      method: "PATCH",
      type: "application/merge-patch+json",
      body: { status: { phase: "Good" } },
    });
    const template = {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    };
    await api.post("/apis/apps/v1/namespaces/shop/deployments", {
      metadata: { name: "web" },
      spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template },
    });
    const service = { metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } };
    const { body: made } = await api.post("/api/v1/namespaces/shop/services", service);
    await again();
    expect((await api.call("/apis/example.com/v1/tops/one")).body.status).toEqual({
      phase: "Good",
    });
    expect(engine.store.list("Pod", { namespace: "shop" })).toHaveLength(2);
    const { body: found } = await api.call("/api/v1/namespaces/shop/services/web");
    expect(found.spec.clusterIP).toBe(made.spec.clusterIP);
    await api.delete("/api/v1/namespaces/shop");
    await again();
    expect(engine.store.get("Namespace", "", "shop")).toBeUndefined();
    expect(engine.store.list("Pod", { namespace: "shop" })).toEqual([]);
  });

  it("is a file's from when it stands in one", async () => {
    await engine.keepState(state());
    await api.post(MAPS, map("a", "2"));
    await writeFile(join(folder, "a.yaml"), JSON.stringify(map("a")));
    await engine.load(join(folder, "a.yaml"));
    expect([dataOf("a"), origins()]).toEqual(["1", []]);
    await again();
    expect(dataOf("a")).toBeUndefined();
  });

  it("gives way to a file that was there first", async () => {
    await engine.keepState(state());
    await api.post(MAPS, map("a", "2"));
    await engine.close();
    await writeFile(join(folder, "a.yaml"), JSON.stringify(map("a")));
    await start();
    await engine.load(join(folder, "a.yaml"));
    await engine.keepState(state());
    expect([dataOf("a"), origins()]).toEqual(["1", []]);
  });

  it("is kept by one process at a time", async () => {
    await engine.keepState(state());
    const other = createEngine();
    // As if another process held it: this one's own is alive as well.
    await expect(other.keepState(state())).rejects.toThrow(
      new RegExp(`state is in use by process ${process.pid}`),
    );
    await other.close();
    expect(existsSync(join(state(), "lock"))).toBe(true);
    await engine.close();
    expect(existsSync(join(state(), "lock"))).toBe(false);
  });

  it("is taken over from a process that was killed", async () => {
    await mkdir(state(), { mode: 0o700 });
    await writeFile(join(state(), "lock"), "4194304\n");
    await engine.keepState(state());
    expect(await readFile(join(state(), "lock"), "utf8")).toBe(`${process.pid}\n`);
  });

  it("is answered with an error when it can't be kept", async () => {
    await engine.keepState(state());
    const { rm } = await import("node:fs/promises");
    await api.post(MAPS, map("a"));
    await rm(state(), { recursive: true });
    await writeFile(state(), "no folder");
    await chmod(state(), 0o400);
    // The open file takes it still; what comes when the file has to be written anew is not taken.
    const large = "x".repeat(900_000);
    const answers: number[] = [];
    for (let i = 0; i < 6; i++) answers.push((await api.post(MAPS, map(`m${i}`, large))).status);
    expect(answers).toContain(500);
    await rm(state());
    await mkdir(state());
    const { status } = await api.post(MAPS, map("after"));
    expect(status).toBe(201);
    expect(await readFile(join(state(), "objects.jsonl"), "utf8")).toContain('"after"');
    told.length = 0;
  });
});
