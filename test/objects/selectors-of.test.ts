import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { labelSelectorOf } from "../../src/objects/selector-use.ts";
import { selectorsOf } from "../../src/objects/selectors-of.ts";

const object = (apiVersion: string, kind: string, rest: object): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: "a", namespace: "shop" },
  ...rest,
});

/** Each use in one line: path, purpose, selector, kind selected, where. */
const summary = (value: KubernetesObject): string[] =>
  selectorsOf(value).map((use) => {
    const where =
      use.scope.in === "namespaces"
        ? `in ${use.scope.names.join("+")}`
        : use.scope.in === "selectedNamespaces"
          ? `in namespaces where ${JSON.stringify(use.scope.selector)}`
          : use.scope.in;
    const { written } = use;
    const text =
      written.form === "nodeSelector"
        ? JSON.stringify(written.selector.nodeSelectorTerms)
        : labelSelectorOf(written);
    return `${use.path.join(".")}: ${use.purpose} ${use.selects ?? "any"} (${text}) ${where}`;
  });

const selector = { matchLabels: { app: "web" } };
const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web" }] } };

describe("the selectors of an object", () => {
  test.each([
    [
      object("v1", "Service", { spec: { selector: { b: "2", a: "1" } } }),
      ["spec.selector: endpoints Pod (a=1,b=2) in shop"],
    ],
    [object("v1", "Service", { spec: { selector: {} } }), []],
    [object("v1", "Service", { spec: {} }), []],
    ...["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"].map(
      (kind) =>
        [
          object("apps/v1", kind, { spec: { selector, template } }),
          ["spec.selector: replicas Pod (app=web) in shop"],
        ] as [KubernetesObject, string[]],
    ),
    [
      object("batch/v1", "Job", { spec: { selector, template } }),
      ["spec.selector: replicas Pod (app=web) in shop"],
    ],
    [object("batch/v1", "Job", { spec: { template } }), []],
    [
      object("v1", "ReplicationController", { spec: { selector: { app: "web" }, template } }),
      ["spec.selector: replicas Pod (app=web) in shop"],
    ],
    [
      object("policy/v1", "PodDisruptionBudget", { spec: { selector: {} } }),
      ["spec.selector: disruption Pod () in shop"],
    ],
    [
      object("v1", "PersistentVolumeClaim", {
        spec: {
          selector: { matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] },
        },
      }),
      ["spec.selector: volume PersistentVolume (disk in (ssd)) cluster"],
    ],
    [
      object("networking.k8s.io/v1", "NetworkPolicy", {
        spec: {
          podSelector: {},
          ingress: [
            {
              from: [
                { podSelector: selector },
                { ipBlock: { cidr: "10.0.0.0/8" } },
                { namespaceSelector: { matchLabels: { team: "x" } }, podSelector: selector },
              ],
            },
          ],
          egress: [{ to: [{ namespaceSelector: {} }, { podSelector: {} }] }],
        },
      }),
      [
        "spec.podSelector: policy-target Pod () in shop",
        "spec.ingress.0.from.0.podSelector: peer Pod (app=web) in shop",
        "spec.ingress.0.from.2.namespaceSelector: peer-namespaces Namespace (team=x) cluster",
        'spec.ingress.0.from.2.podSelector: peer Pod (app=web) in namespaces where {"matchLabels":{"team":"x"}}',
        "spec.egress.0.to.0.namespaceSelector: peer-namespaces Namespace () cluster",
        "spec.egress.0.to.1.podSelector: peer Pod () in shop",
      ],
    ],
    [
      object("v1", "Pod", {
        spec: {
          containers: [],
          nodeSelector: { disk: "ssd" },
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] },
                ],
              },
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 1,
                  preference: {
                    matchExpressions: [{ key: "cpus", operator: "Gt", values: ["4"] }],
                  },
                },
              ],
            },
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: selector, topologyKey: "zone" },
                { labelSelector: selector, namespaces: ["b", "c"], topologyKey: "zone" },
              ],
            },
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 1,
                  podAffinityTerm: {
                    labelSelector: selector,
                    namespaceSelector: {},
                    topologyKey: "zone",
                  },
                },
              ],
            },
          },
          topologySpreadConstraints: [{ labelSelector: selector }],
        },
      }),
      [
        "spec.nodeSelector: node Node (disk=ssd) cluster",
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution: node Node ([{"matchFields":[{"key":"metadata.name","operator":"In","values":["a"]}]}]) cluster',
        'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution.0.preference: node Node ([{"matchExpressions":[{"key":"cpus","operator":"Gt","values":["4"]}]}]) cluster',
        "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.labelSelector: affinity Pod (app=web) in shop",
        "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution.1.labelSelector: affinity Pod (app=web) in b+c",
        "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0.podAffinityTerm.namespaceSelector: affinity-namespaces Namespace () cluster",
        "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0.podAffinityTerm.labelSelector: anti-affinity Pod (app=web) in namespaces where {}",
        "spec.topologySpreadConstraints.0.labelSelector: spread Pod (app=web) in shop",
      ],
    ],
    [
      object("batch/v1", "CronJob", {
        spec: {
          jobTemplate: {
            spec: { template: { spec: { containers: [], nodeSelector: { a: "b" } } } },
          },
        },
      }),
      ["spec.jobTemplate.spec.template.spec.nodeSelector: node Node (a=b) cluster"],
    ],
    [
      object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", {
        webhooks: [
          { objectSelector: selector, namespaceSelector: { matchLabels: { team: "x" } } },
          { objectSelector: {} },
        ],
      }),
      [
        "webhooks.0.namespaceSelector: webhook-namespaces Namespace (team=x) cluster",
        'webhooks.0.objectSelector: webhook-objects any (app=web) in namespaces where {"matchLabels":{"team":"x"}}',
        "webhooks.1.objectSelector: webhook-objects any () allNamespaces",
      ],
    ],
    [object("v1", "ConfigMap", { data: { selector: "a=b" } }), []],
  ] as [KubernetesObject, string[]][])("%j", (value, expected) => {
    expect(summary(value)).toEqual(expected);
  });
});
