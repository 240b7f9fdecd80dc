import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Kubeconfig,
  KubeconfigError,
  kubeconfigPaths,
} from "../../../src/sources/cluster/kubeconfig.ts";
import { openCluster } from "../../../src/sources/cluster/open-cluster.ts";

const config = (more: object = {}) => ({
  "current-context": "dev",
  contexts: [{ name: "dev", context: { cluster: "c", user: "u", namespace: "shop" } }],
  clusters: [{ name: "c", cluster: { server: "https://c.test:6443" } }],
  users: [{ name: "u", user: { token: "t" } }],
  ...more,
});
const read = (...values: unknown[]) =>
  new Kubeconfig(values.map((value, i) => ({ file: `/home/me/${i}/config`, value })));

describe("the files of a kubeconfig", () => {
  it.each([
    [{ KUBECONFIG: "/a:/b", HOME: "/h" }, undefined, "linux", ["/a", "/b"]],
    [{ KUBECONFIG: "C:\\a;D:\\b" }, undefined, "win32", ["C:\\a", "D:\\b"]],
    [{ HOME: "/h" }, undefined, "linux", ["/h/.kube/config"]],
    [{ KUBECONFIG: "/a" }, "mine", "linux", ["mine"]],
    [{}, undefined, "linux", []],
  ] as const)("%j and --kubeconfig %s on %s are %j", (env, explicit, platform, paths) => {
    expect(kubeconfigPaths(env, explicit, platform).paths).toEqual(paths);
  });

  it("are one: the first decides, entry by entry", () => {
    const first = { contexts: [{ name: "dev", context: { cluster: "c", user: "u" } }] };
    const both = read(first, config());
    expect(both.currentContext).toBe("dev");
    expect(both.context().namespace).toBe("default");
    expect(read(config(), { "current-context": "other" }).currentContext).toBe("dev");
    expect(read(null, undefined, config()).context("dev").namespace).toBe("shop");
  });
});

describe("a context", () => {
  it("is what it refers to", () => {
    const { namespace, cluster, user } = read(config()).context();
    expect([namespace, cluster.server.href, user.token]).toEqual([
      "shop",
      "https://c.test:6443/",
      "t",
    ]);
  });

  it.each<[string, object, string]>([
    ["is not there", { "current-context": "prod" }, 'there is no context "prod"; there are dev'],
    ["is not set", { "current-context": "" }, "no current context is set"],
    ["refers to a cluster that is not there", { clusters: [] }, 'refers to cluster "c"'],
    ["refers to a user that is not there", { users: [] }, 'refers to user "u"'],
    ["has no server", { clusters: [{ name: "c", cluster: {} }] }, "is no URL"],
    [
      "uses a provider that clients dropped",
      { users: [{ name: "u", user: { "auth-provider": { name: "gcp" } } }] },
      "dropped in Kubernetes 1.26",
    ],
    [
      "has half a certificate",
      { users: [{ name: "u", user: { "client-certificate-data": "eA==" } }] },
      "has no client-key",
    ],
    [
      "names a file that is not there",
      {
        clusters: [
          { name: "c", cluster: { server: "https://c", "certificate-authority": "ca.crt" } },
        ],
      },
      "/home/me/0/ca.crt",
    ],
    [
      "has a plugin of an unknown version",
      { users: [{ name: "u", user: { exec: { apiVersion: "v9", command: "x" } } }] },
      'apiVersion "v9"',
    ],
    [
      "impersonates groups of nobody",
      { users: [{ name: "u", user: { "as-groups": ["a"] } }] },
      "but no user (as)",
    ],
  ])("that %s is refused", (_, more, why) => {
    expect(() => read(config(more)).context()).toThrow(KubeconfigError);
    expect(() => read(config(more)).context()).toThrow(why);
  });

  it.each([["text"], [["list"]], [5]])("is not looked for in what is no mapping: %j", (value) => {
    expect(() => read(value)).toThrow("is no mapping");
  });
});

describe("a cluster of the user's", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kubelane-kubeconfig-"));
    writeFileSync(join(folder, "ca.crt"), "PEM");
    writeFileSync(
      join(folder, "config"),
      `current-context: dev
contexts: [{ name: dev, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "https://c.test", certificate-authority: ca.crt } }]
users: [{ name: u, user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: ./login, args: [a] } } }]
`,
    );
    writeFileSync(join(folder, "broken"), "a: [");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const open = (more: object) => openCluster({ env: {}, cwd: folder, userAgent: "test", ...more });

  it("is read with the files that lie beside its kubeconfig", () => {
    const { context, client } = open({ kubeconfig: "config" });
    expect(String(context.cluster.ca)).toBe("PEM");
    expect(context.user.exec).toMatchObject({ command: join(folder, "login"), args: ["a"] });
    client.close();
  });

  it.each([
    [{ kubeconfig: "nothing" }, "nothing can't be read"],
    [{ kubeconfig: "broken" }, "broken is no kubeconfig"],
    [{ env: {} }, "there is no kubeconfig; name one with --kubeconfig"],
    [{ env: { HOME: "/nowhere" } }, "/nowhere/.kube/config"],
  ])("is refused for %j", (more, why) => {
    expect(() => open(more)).toThrow(why);
  });
});
