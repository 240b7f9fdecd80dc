import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createEngine,
  type Diagnostic,
  type KubernetesObject,
  ListenError,
} from "../../src/index.ts";
import { get } from "../support/up.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-engine-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const service: KubernetesObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
};

const pod = (name: string, ip: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", labels: { app: "web" } },
  spec: { containers: [{ name: "web", ports: [{ containerPort: 8080 }] }] },
  status: {
    phase: "Running",
    podIP: ip,
    podIPs: [{ ip }],
    conditions: [{ type: "Ready", status: "True" }],
  },
});

describe("an engine", () => {
  it("resolves what was loaded, in the same tick", async () => {
    await using engine = createEngine();
    await engine.load(service);
    const { rcode, answers } = engine.resolve("web.shop.svc.cluster.local");
    expect(rcode).toBe("NOERROR");
    expect(answers).toMatchObject([{ type: "A" }]);
    engine.store.apply([
      { op: "delete", key: { kind: "Service", namespace: "shop", name: "web" } },
    ]);
    expect(engine.resolve("web.shop.svc.cluster.local").rcode).toBe("NXDOMAIN");
  });

  it("gives the same addresses in every run", async () => {
    const address = async () => {
      await using engine = createEngine();
      await engine.load([service]);
      return engine.resolve("web.shop.svc.cluster.local").answers;
    };
    expect(await address()).toEqual(await address());
  });

  it("tells what is wrong with an object and loads the others", async () => {
    await using engine = createEngine();
    const bad = { ...service, metadata: { name: "Bad_Name" } };
    const found = await engine.load([bad, service]);
    expect(found.map(({ severity, path }) => [severity, path])).toEqual([
      ["error", ["metadata", "name"]],
    ]);
    expect(engine.store.list("Service")).toHaveLength(1);
  });

  it("reaches a pod by name through the gateway, and drains it on close", async () => {
    const server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const engine = createEngine();
    await engine.load([
      { ...service, spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: port }] } },
      pod("web-1", "127.0.0.1"),
    ]);
    const { gateway } = await engine.listen({ gateway: { listen: "127.0.0.1:0" } });
    const ask = () => get({ port: gateway?.port ?? 0, headers: { host: "web.shop" } });
    expect(await ask()).toEqual({ status: 200, body: "hello" });
    await engine.close();
    await expect(ask()).rejects.toThrow("ECONNREFUSED");
    server.close();
  });

  it("follows files, and keeps the last good state of one that breaks", async () => {
    const file = join(folder, "web.json");
    writeFileSync(file, JSON.stringify(service));
    await using engine = createEngine();
    expect(await engine.load(folder, { watch: true })).toEqual([]);
    expect(engine.store.get("Service", "shop", "web")).toBeDefined();

    const told = once(engine, "diagnostics") as Promise<[Diagnostic[]]>;
    writeFileSync(file, '{ "apiVersion": ');
    const [[diagnostic]] = await told;
    expect(diagnostic).toMatchObject({ severity: "error", position: { line: 1 } });
    expect(engine.store.get("Service", "shop", "web")).toBeDefined();

    const changed = once(engine, "changes");
    writeFileSync(
      file,
      JSON.stringify({ ...service, metadata: { name: "api", namespace: "shop" } }),
    );
    await changed;
    expect(engine.store.list("Service").map(({ metadata }) => metadata.name)).toEqual(["api"]);
  });

  it("says which address can't be had, and why", async () => {
    const holder = createTcpServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    await using engine = createEngine();
    const refused = engine.listen({ gateway: { listen: `127.0.0.1:${port}` } });
    await expect(refused).rejects.toBeInstanceOf(ListenError);
    await expect(refused).rejects.toMatchObject({
      code: "cannot-listen",
      what: "gateway",
      reason: "EADDRINUSE",
      address: { host: "127.0.0.1", port },
    });
    holder.close();
  });

  it("refuses ranges whose local addresses would collide", () => {
    expect(() => createEngine({ serviceRanges: ["10.244.0.0/24"] })).toThrow(/10\.244\.0\.0/);
  });

  it("takes a namespace as there only when declared, if told so", async () => {
    await using engine = createEngine({ namespaces: "declared" });
    await engine.load(service);
    expect(engine.resolve("web.shop.svc.cluster.local").rcode).toBe("NXDOMAIN");
    await engine.load({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    expect(engine.resolve("web.shop.svc.cluster.local").rcode).toBe("NOERROR");
  });

  it("can be closed twice, and from two places", async () => {
    const engine = createEngine();
    await engine.listen({ dns: { listen: "127.0.0.1:0" } });
    await Promise.all([engine.close(), engine.close()]);
    await engine.close();
  });
});
