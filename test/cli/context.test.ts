import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { kubelane } from "../support/terminal.ts";

/** A cluster of our own: Services web and db in namespace shop, and web in back. */
let cluster: Engine;
let server: string;
let config: object;
beforeAll(async () => {
  cluster = createEngine();
  const service = (name: string, namespace: string) =>
    ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace, labels: { app: name } },
      spec: { selector: { app: name }, ports: [{ port: 80 }] },
    }) as never;
  await cluster.load([service("web", "shop"), service("db", "shop"), service("web", "back")]);
  const { api } = await cluster.listen({ api: { listen: "127.0.0.1:0" } });
  server = `https://127.0.0.1:${api!.port}`;
  const ca = Buffer.from(api!.ca).toString("base64");
  config = {
    "current-context": "prod-eu",
    contexts: ["dev", "prod-eu"].map((name) => ({
      name,
      context: { cluster: "c", user: "u", namespace: "shop" },
    })),
    clusters: [{ name: "c", cluster: { server, "certificate-authority-data": ca } }],
    users: [{ name: "u", user: { token: api!.token } }],
  };
});
afterAll(() => cluster.close());

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, "config"), JSON.stringify(config));
});

const run = (...words: string[]) =>
  kubelane(words, {
    cwd: folder,
    env: {
      KUBELANE_RUNTIME_DIR: join(folder, "none"),
      KUBELANE_DATA_DIR: join(folder, "data"),
      KUBECONFIG: join(folder, "config"),
    },
  });
const DEV = ["--context", "dev"];
const names = (stdout: string) => stdout.trimEnd().split("\n");

describe("a context", () => {
  it("has a namespace of its own, which counts where none is named", async () => {
    const own = await run("get", "svc", "-o", "name", ...DEV);
    expect(names(own.stdout)).toEqual(["service/db", "service/web"]);
    const other = await run("get", "svc", "-n", "back", "-o", "name", ...DEV);
    expect(names(other.stdout)).toEqual(["service/web"]);
    const resolved = await run("resolve", "db", ...DEV);
    expect([resolved.code, resolved.stdout]).toEqual([
      0,
      expect.stringContaining("db.shop.svc.cluster.local"),
    ]);
    const described = await run("describe", "svc/db", ...DEV);
    expect([described.code, described.stdout]).toEqual([0, expect.stringContaining("shop")]);
    const traced = await run("trace", "db", ...DEV);
    expect(traced.stdout).toContain("Service shop/db");
  });

  it("is said with its server when it is used first, and when that is another one", async () => {
    const first = await run("get", "svc", ...DEV);
    expect(first.stderr).toContain(`context dev is ${server}, as user u; nothing is changed there`);
    const second = await run("get", "svc", ...DEV);
    expect(second.stderr).not.toContain(server);
    mkdirSync(join(folder, "data"), { recursive: true });
    writeFileSync(join(folder, "data", "contexts.json"), '{"dev":"https://old.test"}');
    const moved = await run("get", "svc", ...DEV);
    expect(moved.stderr).toContain(`context dev is ${server} (before: https://old.test)`);
  });

  it("is refused where kubelane.yaml says so, by its name or as the current one", async () => {
    writeFileSync(
      join(folder, "kubelane.yaml"),
      "cluster: { context: prod-eu, refuse: ['prod*'] }\n",
    );
    const named = await run("get", "svc", "--context", "prod-eu");
    expect([named.code, named.stdout, named.stderr]).toEqual([
      2,
      "",
      expect.stringContaining("context prod-eu is refused here"),
    ]);
    const configured = await run("get", "svc");
    expect([configured.code, configured.stderr]).toEqual([
      2,
      expect.stringContaining("cluster: { refuse: [prod*] }"),
    ]);
    const up = await run("up", "--context", "prod-eu");
    expect([up.code, up.stderr]).toEqual([2, expect.stringContaining("is refused here")]);
    expect((await run("get", "svc", ...DEV)).code).toBe(0);
  });

  it("and its namespaces are what kubelane.yaml names", async () => {
    writeFileSync(join(folder, "kubelane.yaml"), "cluster: { context: dev, namespaces: [back] }\n");
    const all = await run("get", "svc", "-A", "-o", "name");
    expect(names(all.stdout)).toEqual(["service/web"]);
    // Those are of the context that it names.
    const other = await run("get", "svc", "-A", "-o", "name", "--context", "prod-eu");
    expect(names(other.stdout)).toContain("service/db");
  });

  it("is looked through by match", async () => {
    const found = await run("match", "app=web", ...DEV);
    expect(found.code).toBe(0);
    expect(names(found.stdout).filter((each) => each.startsWith("Service"))).toEqual([
      "Service back/web",
      "Service shop/web",
    ]);
  });

  it("takes no -n in up without a cluster", async () => {
    const { code, stderr } = await run("up", "-n", "shop", "-f", ".");
    expect([code, stderr]).toEqual([2, expect.stringContaining("none is followed")]);
  });
});
