import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findRunningEngine, runningEngines } from "../../src/control/client.ts";
import { lostAddresses } from "../../src/control/lost-addresses.ts";
import { originsOf } from "../../src/control/origins.ts";
import { type ControlServer, controlPath, serveControl } from "../../src/control/server.ts";
import type { ControlSubject } from "../../src/control/subject.ts";
import { recentTraffic } from "../../src/control/traffic.ts";
import { Store } from "../../src/store/store.ts";

let sockets: string;
const servers: ControlServer[] = [];

beforeEach(() => {
  sockets = join(mkdtempSync(join(tmpdir(), "kubelane-control-")), "sockets");
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  rmSync(join(sockets, ".."), { recursive: true, force: true });
});

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-1", namespace: "shop" },
  spec: { containers: [{ name: "web", ports: [{ containerPort: 8080 }] }] },
  status: { podIP: "10.244.0.1" },
};

async function serve(pid: number, folder: string): Promise<Store> {
  const info = { version: "1.2.3", pid, folder, clusterDomain: "cluster.local" };
  const store = new Store();
  store.apply([{ op: "put", object: pod }]);
  const localAddressOf = (address: string, port: number) =>
    address === "10.244.0.1" && port === 8080 ? { host: "127.0.0.1", port: 40_001 } : undefined;
  const subject: ControlSubject = { info: () => info, store, localAddressOf };
  servers.push(await serveControl(subject, sockets));
  return store;
}

describe.skipIf(process.platform === "win32")("the control socket", () => {
  it("has nothing to say where the engine does not know the question", async () => {
    await serve(1, "/home/me/shop");
    const { socketPath } = (await findRunningEngine("/home/me/shop", sockets))!;
    expect(await originsOf(socketPath)).toEqual([]);
    expect(await lostAddresses(socketPath)).toEqual([]);
    expect(await recentTraffic(socketPath)).toBeUndefined();
  });

  it("gives the engine's objects to another command", async () => {
    await serve(1, "/home/me/shop");
    const found = await findRunningEngine("/home/me/shop", sockets);
    expect(found?.info.version).toBe("1.2.3");
    expect(await found?.objects()).toMatchObject([pod]);
  });

  it("streams the state and every change, with where local endpoints are reached", async () => {
    const store = await serve(1, "/srv");
    const found = await findRunningEngine("/srv", sockets);
    const lines = found!.watch()[Symbol.asyncIterator]();
    const local = { host: "127.0.0.1", port: 40_001 };
    expect((await lines.next()).value).toMatchObject({
      type: "snapshot",
      objects: [pod],
      local: [{ address: "10.244.0.1", port: 8080, pod: "shop/web-1", local }],
    });

    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "web-1", namespace: "shop" },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.244.0.1"] }, { addresses: ["10.244.0.2"] }],
      ports: [{ port: 8080 }],
    };
    store.apply([{ op: "put", object: slice }]);
    expect((await lines.next()).value).toMatchObject({
      type: "changes",
      changes: [{ type: "added", object: slice }],
      local: [{ address: "10.244.0.1", port: 8080, local }],
    });
    store.apply([{ op: "delete", key: { kind: "Pod", namespace: "shop", name: "web-1" } }]);
    expect((await lines.next()).value).toMatchObject({
      changes: [{ type: "deleted", object: pod }],
    });
    await servers.pop()?.close();
    expect((await lines.next().catch(() => ({ done: true }))).done).toBe(true);
  });

  it("says of an engine that ends before it has answered that it is ending", async () => {
    const store = await serve(1, "/srv");
    const found = await findRunningEngine("/srv", sockets);
    const lines = found!.watch()[Symbol.asyncIterator]();
    await lines.next();
    await servers.pop()?.close();
    expect((await lines.next()).done).toBe(true);
    const ended = { code: "engine-ended", message: expect.stringContaining("is ending") };
    await expect(found!.objects()).rejects.toMatchObject(ended);
    await expect(found!.watch()[Symbol.asyncIterator]().next()).rejects.toMatchObject(ended);
    await expect(recentTraffic(found!.socketPath)).rejects.toMatchObject(ended);
    expect(store.list("Pod")).toHaveLength(1);
  });

  it.each([
    ["/home/me/shop", 2],
    ["/home/me/shop/api/src", 3],
    ["/home/me/shop/web", 2],
    ["/home/me/elsewhere", undefined],
    ["/home/me/shopping", undefined],
  ])("finds for %s the engine nearest above it", async (folder, pid) => {
    await serve(1, "/srv/other");
    await serve(2, "/home/me/shop");
    await serve(3, "/home/me/shop/api");
    expect((await findRunningEngine(folder, sockets))?.info.pid).toBe(pid);
  });

  it("takes the only engine there is from anywhere", async () => {
    await serve(1, "/srv/other");
    expect((await findRunningEngine("/home/me", sockets))?.info.pid).toBe(1);
  });

  it("says of an engine that does not answer that it is silent, unless another is meant", async () => {
    await serve(1, "/srv/other");
    const silent = createServer(() => {});
    silent.listen(join(sockets, "77.sock"));
    await once(silent, "listening");
    expect((await findRunningEngine("/srv/other/web", sockets, 100))?.info.pid).toBe(1);
    await expect(findRunningEngine("/home/me", sockets, 100)).rejects.toMatchObject({
      code: "engine-silent",
      pid: 77,
      message: "the `up` with pid 77 does not answer within 0.1 s",
    });
    silent.close();
  });

  it("does not go where others may write", async () => {
    await serve(1, "/srv");
    chmodSync(sockets, 0o777);
    await expect(serve(2, "/srv")).rejects.toMatchObject({ code: "folder-not-private" });
  });

  it("removes sockets that nobody listens on", async () => {
    await serve(1, "/srv");
    // A process that is killed leaves its socket behind.
    const orphan = `require("node:net").createServer().listen(${JSON.stringify(
      join(sockets, "99.sock"),
    )}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", orphan]);
    expect(readdirSync(sockets)).toContain("99.sock");
    expect((await runningEngines(sockets)).map(({ info }) => info.pid)).toEqual([1]);
    expect(readdirSync(sockets)).toEqual(["1.sock"]);
  });

  it("finds nothing in a folder that is not there or holds other things", async () => {
    expect(await runningEngines(join(sockets, "absent"))).toEqual([]);
    mkdirSync(sockets, { recursive: true });
    writeFileSync(join(sockets, "note.txt"), "hello");
    expect(await runningEngines(sockets)).toEqual([]);
  });
});

it.each([
  ["linux", join("/run/kubelane", "12.sock")],
  ["darwin", join("/run/kubelane", "12.sock")],
  ["win32", "\\\\.\\pipe\\kubelane-12"],
] as const)("an engine is asked on %s at %s", (platform, path) => {
  expect(controlPath("/run/kubelane", 12, platform)).toBe(path);
});
