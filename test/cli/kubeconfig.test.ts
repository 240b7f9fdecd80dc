import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addContext, removeContext } from "../../src/cli/kubeconfig/kubeconfig-text.ts";
import { kubeconfigOf } from "../../src/control/kubeconfig.ts";
import { readYamlValue } from "../../src/manifests/yaml-text.ts";
import { RunningUp } from "../support/up.ts";

const ACCESS = { server: "https://127.0.0.1:10443", token: "t0k3n", ca: "PEM\n" };
const parsed = (text: string) => readYamlValue(text).value;

const OTHERS = `apiVersion: v1
kind: Config
current-context: prod
preferences: {}
clusters:
- name: prod
  cluster: {server: "https://prod.example.com"}
users:
- name: me
  user: {token: secret}
contexts:
- name: prod
  context: {cluster: prod, user: me}
`;

describe("a kubeconfig that is there already", () => {
  it("keeps what is in it, gets the context, and is as before without it", () => {
    const added = addContext(OTHERS, "config", ACCESS, "shop");
    expect(parsed(added)).toMatchObject({
      "current-context": "kubelane",
      contexts: [{ name: "prod" }, { name: "kubelane", context: { namespace: "shop" } }],
      users: [{ name: "me", user: { token: "secret" } }, { name: "kubelane" }],
    });
    expect(parsed(removeContext(added, "config"))).toEqual(parsed(OTHERS));
  });

  it("holds the context once, however often it is added", () => {
    const once = addContext(OTHERS, "config", ACCESS, "shop");
    const again = addContext(once, "config", { ...ACCESS, token: "new" }, "shop");
    expect(parsed(again)).toMatchObject({ users: [{ name: "me" }, { user: { token: "new" } }] });
    expect((parsed(again) as { users: object[] }).users).toHaveLength(2);
  });

  it("is made where there was none", () => {
    expect(parsed(addContext("", "config", ACCESS, "default"))).toEqual(
      kubeconfigOf(ACCESS, "default"),
    );
  });

  it("is left alone without the context", () => {
    expect(removeContext(OTHERS, "config")).toBe(OTHERS);
  });

  it.each(["- a\n- b\n", "a: [", '"text"'])("is refused when it is none: %j", (text) => {
    expect(() => addContext(text, "config", ACCESS, "x")).toThrow("config is no kubeconfig");
    expect(() => removeContext(text, "config")).toThrow("config is no kubeconfig");
  });
});

describe("kubelane kubeconfig", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kubelane-kubeconfig-"));
    writeFileSync(
      join(folder, "all.yaml"),
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n",
    );
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What the API server of a kubeconfig answers. */
  function ask(path: string, file: string): Promise<number> {
    const { clusters, users } = parsed(readFileSync(file, "utf8")) as ReturnType<
      typeof kubeconfigOf
    > & {
      clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
      users: [{ user: { token: string } }];
    };
    const { server, "certificate-authority-data": data } = clusters[0].cluster;
    const headers = { authorization: `Bearer ${users[0].user.token}` };
    return new Promise((resolve, reject) => {
      request(new URL(path, server), { ca: Buffer.from(data, "base64"), headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
  }

  it("leads a client to the running up, from a file that is the user's alone", async () => {
    const up = new RunningUp(
      ["-f", "all.yaml", "--dns", "off", "--gateway", "off", "--no-relays", "--api", "127.0.0.1:0"],
      { cwd: folder },
    );
    try {
      await up.until(({ stderr }) => stderr.includes("ready after"));
      const { code, stdout } = await up.command("kubeconfig", "--path");
      expect(code).toBe(0);
      const file = stdout.trim();
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await ask("/api/v1/namespaces/default/services/web", file)).toBe(200);
      const config = join(folder, "config");
      writeFileSync(config, OTHERS);
      await up.command("kubeconfig", "--merge", "--kubeconfig", config);
      expect(readFileSync(config, "utf8")).toContain("current-context: kubelane");
      await up.command("kubeconfig", "--remove", "--kubeconfig", config);
      expect(parsed(readFileSync(config, "utf8"))).toEqual(parsed(OTHERS));
    } finally {
      await up.stop();
    }
  });

  it("says so when none runs, or it serves no API", async () => {
    const up = new RunningUp(
      ["-f", "all.yaml", "--dns", "off", "--gateway", "off", "--no-relays", "--api", "off"],
      {
        cwd: folder,
      },
    );
    try {
      await up.until(({ stderr }) => stderr.includes("ready after"));
      const { code, stderr } = await up.command("kubeconfig");
      expect([code, stderr]).toEqual([3, expect.stringContaining("serves no Kubernetes API")]);
    } finally {
      await up.stop();
    }
  });
});
