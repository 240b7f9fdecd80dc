import { describe, expect, test } from "vitest";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { admit } from "../../src/objects/admit.ts";
import type { SelectorScope, SelectorUse } from "../../src/objects/selector-use.ts";
import { selectorsOf } from "../../src/objects/selectors-of.ts";
import { namespacesInScope, selectedBy } from "../../src/store/selected.ts";
import { Store } from "../../src/store/store.ts";

/** A webhook as API servers take it. */
const webhook = (name: string) => ({
  name,
  admissionReviewVersions: ["v1"],
  clientConfig: { url: "https://127.0.0.1/" },
  sideEffects: "None",
});

const store = new Store();
const { objects, diagnostics } = readManifest(
  `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { team: a } }
---
apiVersion: v1
kind: Namespace
metadata: { name: bank, labels: { team: b } }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: a, image: a }] }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: shop, labels: { app: api } }
spec: { containers: [{ name: a, image: a }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: bank, labels: { app: web } }
spec: { containers: [{ name: a, image: a }] }
---
apiVersion: v1
kind: Node
metadata: { name: one, labels: { disk: ssd, cpus: "8" } }
---
apiVersion: v1
kind: Node
metadata: { name: two, labels: { disk: hdd, cpus: "4" } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: config, namespace: shop, labels: { app: web } }
`,
  "a.yaml",
);
store.apply(objects.map(({ object }) => ({ op: "put", object })));

const selected = (value: object): string[][] => {
  const { object, findings } = admit(value);
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return selectorsOf(object!).map((use) =>
    selectedBy(use, store).map(({ kind, metadata: { namespace, name } }) =>
      namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`,
    ),
  );
};

const web = { matchLabels: { app: "web" } };
const meta = { name: "x", namespace: "shop" };

describe("what a selector selects now", () => {
  expect(diagnostics).toEqual([]);
  test.each([
    [
      "a Service's: pods of its namespace",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: meta,
        spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
      },
      [["Pod shop/web"]],
    ],
    [
      "a PodDisruptionBudget's empty one: all of them",
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: meta,
        spec: { selector: {} },
      },
      [["Pod shop/web", "Pod shop/api"]],
    ],
    [
      "a NetworkPolicy's: its pods, its peers here, and peers in selected namespaces",
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: meta,
        spec: {
          podSelector: { matchLabels: { app: "api" } },
          ingress: [
            {
              from: [
                { podSelector: web },
                { podSelector: web, namespaceSelector: { matchLabels: { team: "b" } } },
              ],
            },
          ],
        },
      },
      [["Pod shop/api"], ["Pod shop/web"], ["Namespace bank"], ["Pod bank/web"]],
    ],
    [
      "a Pod's: nodes by label and by term, pods everywhere",
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: meta,
        spec: {
          containers: [{ name: "a", image: "a" }],
          nodeSelector: { disk: "ssd" },
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: "cpus", operator: "Lt", values: ["5"] }] },
                  { matchFields: [{ key: "metadata.name", operator: "In", values: ["three"] }] },
                ],
              },
            },
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: web, namespaceSelector: {}, topologyKey: "zone" },
              ],
            },
          },
        },
      },
      [
        ["Node one"],
        ["Node two"],
        ["Namespace shop", "Namespace bank"],
        ["Pod shop/web", "Pod bank/web"],
      ],
    ],
    [
      "a webhook's: objects of any kind",
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "x" },
        webhooks: [
          {
            ...webhook("a.example.com"),
            objectSelector: web,
            namespaceSelector: { matchLabels: { team: "a" } },
          },
          { ...webhook("b.example.com"), objectSelector: { matchLabels: { team: "b" } } },
        ],
      },
      [["Namespace shop"], ["Pod shop/web", "ConfigMap shop/config"], ["Namespace bank"]],
    ],
  ])("%s", (_, value, expected) => {
    expect(selected(value)).toEqual(expected);
  });

  test("a scope is names, or all", () => {
    expect(
      namespacesInScope(
        { in: "selectedNamespaces", selector: { matchLabels: { team: "a" } } },
        store,
      ),
    ).toEqual(["shop"]);
    expect(namespacesInScope({ in: "namespaces", names: ["x"] }, store)).toEqual(["x"]);
    expect(namespacesInScope({ in: "allNamespaces" }, store)).toBeUndefined();
    expect(namespacesInScope({ in: "cluster" }, store)).toBeUndefined();
  });

  test("a webhook's selects Namespaces by the namespaces it looks in, and what has none always", () => {
    const names = (scope: SelectorScope) => {
      const written = { form: "labelSelector", selector: {} } as const;
      const use: SelectorUse = {
        path: [],
        purpose: "webhook-objects",
        written,
        selects: undefined,
        scope,
      };
      return selectedBy(use, store).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    };
    const inTeam = names({ in: "selectedNamespaces", selector: { matchLabels: { team: "a" } } });
    expect(inTeam.filter((name) => name.startsWith("Namespace"))).toEqual(["Namespace shop"]);
    expect(inTeam.filter((name) => name.startsWith("Node"))).toHaveLength(store.count("Node"));
    const everywhere = names({ in: "allNamespaces" });
    expect(everywhere).toContain("Namespace bank");
    expect(everywhere).toHaveLength(store.kinds().reduce((n, kind) => n + store.count(kind), 0));
  });
});
