import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ControlServer, serveControl } from "../../src/control/server.ts";
import { Store } from "../../src/store/store.ts";
import { kubelane } from "../support/terminal.ts";

let folder: string;
const servers: ControlServer[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kubelane-ups-")));
  for (const name of ["shop", "shop/api", "blog", "other/blog", "elsewhere", "k8s/below"])
    mkdirSync(join(folder, name), { recursive: true });
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const sockets = () => join(folder, "sockets");

/** As an `up` of the folder would: it has one Service, named after its pid. */
async function runs(pid: number, name: string, manifests: readonly string[] = []): Promise<void> {
  const info = {
    version: "1",
    pid,
    folder: join(folder, name),
    manifests: manifests.map((each) => join(folder, each)),
    clusterDomain: "cluster.local",
    gateway: `127.0.0.1:${pid}`,
  };
  const store = new Store();
  const metadata = { name: `of-${pid}`, namespace: "default" };
  const service = { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } };
  store.apply([{ op: "put", object: service }]);
  const subject = { info: () => info, store, localAddressOf: () => undefined };
  servers.push(await serveControl(subject, sockets()));
}

const command = (at: string, ...words: string[]) =>
  kubelane(words, { cwd: join(folder, at), env: { KUBELANE_RUNTIME_DIR: sockets() } });
const asked = async (at: string, ...words: string[]) =>
  (await command(at, "get", "svc", "-o", "name", ...words)).stdout.trim();

describe.skipIf(process.platform === "win32")("several ups on one machine", () => {
  beforeEach(async () => {
    await runs(101, "shop", ["k8s"]);
    await runs(102, "blog");
    await runs(103, "other/blog");
  });

  it("are asked by the folder that is theirs, or that their manifests are in", async () => {
    expect(await asked("shop/api")).toBe("service/of-101");
    expect(await asked("k8s/below")).toBe("service/of-101");
    expect(await asked("blog")).toBe("service/of-102");
    expect((await command("elsewhere", "get", "svc")).code).toBe(3);
  });

  it.each([
    ["its pid", () => "103", "service/of-103"],
    ["its name", () => "shop", "service/of-101"],
    ["its folder", () => join(folder, "blog"), "service/of-102"],
  ])("are asked from anywhere by --up and %s", async (_, word, expected) => {
    expect(await asked("elsewhere", "--up", word())).toBe(expected);
  });

  it("are not guessed between", async () => {
    const several = await command("elsewhere", "get", "svc", "--up", "blog");
    expect(several.code).toBe(3);
    expect(several.stderr).toContain("2 running ups are called blog");
    expect(several.stderr).toContain(`102 of ${join(folder, "blog")}`);
    const none = await command("elsewhere", "get", "svc", "--up", "shp");
    expect(none.stderr).toContain("no running up is called shp");
  });

  it("are listed, with the one that is asked here", async () => {
    const { code, stdout } = await command("shop", "config", "ups");
    expect(code).toBe(0);
    const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/).slice(0, 4).join(" "));
    expect(rows).toContain("* shop 101 127.0.0.1:101");
    expect(rows).toContain("blog 103 127.0.0.1:103 -");
    const json = JSON.parse((await command("shop", "config", "ups", "-o", "json")).stdout);
    expect(json).toContainEqual(
      expect.objectContaining({
        name: "shop",
        pid: 101,
        asked: true,
        folder: join(folder, "shop"),
      }),
    );
  });
});

describe("no up", () => {
  it("is said, with exit code 1", async () => {
    const { code, stderr } = await command("shop", "config", "ups");
    expect([code, stderr]).toEqual([1, "no up of this user runs\n"]);
  });
});
