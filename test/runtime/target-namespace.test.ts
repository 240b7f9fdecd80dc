import { describe, expect, it } from "vitest";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { targetFindings } from "../../src/runtime/target-findings.ts";
import { isMeantIn, namespacesOf } from "../../src/runtime/target-namespace.ts";
import { Store } from "../../src/store/store.ts";

const deployment = (namespace: string, name: string, app = name): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace, name },
  spec: { template: { metadata: { labels: { app } } } },
});

const store = new Store();
store.apply(
  [
    deployment("shop", "api"),
    deployment("shop", "web"),
    deployment("blog", "web"),
    deployment("blog", "worker", "batch"),
  ].map((object) => ({ op: "put", object })),
);

const attached = (key: string) =>
  readLocalConfig(`attach:\n  ${key}: [":1"]\n`.replace('":1"', "127.0.0.1:1"), "kubelane.yaml")
    .config?.values ?? { run: [], attach: [] };

describe("the namespace of a target", () => {
  it.each([
    ["deploy/api", ["shop"], "a name without one is where the only one is"],
    ["deploy/web", ["blog", "shop"], "or in none of several"],
    ["shop/deploy/web", ["shop"], "one that is said counts"],
    ["blog/deploy/api", [], "and no other"],
    ["sts/api", [], "kinds are told apart"],
    ["-l app=batch", ["blog"], "pods by label are where their workload is"],
    ["-l app=web", ["blog", "shop"], "or in none of several, too"],
  ])("%s: %j, since %s", (key, expected) => {
    const [{ target } = { target: undefined }] = attached(key).attach;
    if (target === undefined) throw new Error(`${key} is no target`);
    expect(namespacesOf(target, store)).toEqual(expected);
    const meant = ["shop", "blog", "default"].filter((each) => isMeantIn(target, each, store));
    const named = target.namespace === undefined ? [] : [target.namespace];
    expect(meant).toEqual(expected.length === 1 ? expected : named);
  });
});

describe("a target that means nothing, or several things", () => {
  it.each([
    ["deploy/api", undefined],
    [
      "deploy/apl",
      "there is no Deployment apl in any namespace, so no pod runs by this; did you mean shop/deploy/api?",
    ],
    [
      "blog/deploy/api",
      "there is no Deployment api in namespace blog, so no pod runs by this; write shop/deploy/api",
    ],
    [
      "shop/deploy/xyz",
      "there is no Deployment xyz in namespace shop, so no pod runs by this; there are shop/deploy/api, shop/deploy/web",
    ],
    [
      "deploy/web",
      "there is a Deployment web in each of the namespaces blog, shop, and this does not say which is meant; write blog/deploy/web",
    ],
    ["sts/db", "there is no StatefulSet db in any namespace, so no pod runs by this"],
    [
      "-l app=web",
      "there are pods -l app=web in each of the namespaces blog, shop, and this does not say which is meant; add namespace: blog",
    ],
    ["-l app=none", "there are no pods -l app=none in any namespace, so no pod runs by this"],
  ])("%s: %s", (key, expected) => {
    const found = targetFindings(attached(key), store);
    expect(found.map(({ message, hint }) => [message, hint].filter(Boolean).join("; "))).toEqual(
      expected === undefined ? [] : [expected],
    );
    for (const { position, rule, severity } of found) {
      expect(position).toEqual({ file: "kubelane.yaml", line: 2, column: 3 });
      expect([rule.startsWith("config-"), severity]).toEqual([true, "error"]);
    }
  });
});
