import { describe, expect, it } from "vitest";
import { checkSet } from "../../src/checks/check-set.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";

/** What is found in objects seen together, as `kubelane check` does. */
function found(...documents: readonly string[]): string[] {
  const reading = readManifest(documents.join("---\n"), "a.yaml");
  return checkSet(reading.objects, reading).map(({ rule }) => rule);
}

const service = (selector: string, name = "web") =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\n` +
  `spec: { clusterIP: None, selector: { ${selector} }, ports: [{ port: 80 }] }\n`;
const template =
  "template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: a, image: a }] } }";
const workload = (kind: string, spec: string, apiVersion = "apps/v1") =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: web }\nspec: { ${spec} }\n`;
const selected = `selector: { matchLabels: { app: web } }, ${template}`;
const set = (spec: string) => workload("StatefulSet", `serviceName: web, ${spec}${selected}`);
const job = (kind: string, spec: string) => workload(kind, spec, "batch/v1");
const jobSpec = template.replace("containers:", "restartPolicy: Never, containers:");

describe("labels that control loops add are labels of the pods", () => {
  it.each([
    ["a StatefulSet's first", "statefulset.kubernetes.io/pod-name: web-0", set("")],
    ["its last", "statefulset.kubernetes.io/pod-name: web-2", set("replicas: 3, ")],
    [
      "its first, counted from 5",
      "apps.kubernetes.io/pod-index: '5'",
      set("ordinals: { start: 5 }, "),
    ],
    [
      "two of one pod",
      "app: web, apps.kubernetes.io/pod-index: '1', statefulset.kubernetes.io/pod-name: web-1",
      set("replicas: 2, "),
    ],
    ["a Job's name", "job-name: web", job("Job", jobSpec)],
    ["the same with a prefix", "batch.kubernetes.io/job-name: web", job("Job", jobSpec)],
    ["an index", "batch.kubernetes.io/job-completion-index: '3'", job("Job", jobSpec)],
    [
      "a CronJob's Job, whatever its name is",
      "job-name: web-28999999",
      job("CronJob", `schedule: "* * * * *", jobTemplate: { spec: { ${jobSpec} } }`),
    ],
  ])("%s", (_, selector, ...documents) => {
    expect(found(service(selector), ...documents)).toEqual([]);
  });

  it.each([
    ["beyond the replicas", "statefulset.kubernetes.io/pod-name: web-1", set("")],
    [
      "of different pods",
      "apps.kubernetes.io/pod-index: '0', statefulset.kubernetes.io/pod-name: web-1",
      set("replicas: 2, "),
    ],
    ["of another workload", "statefulset.kubernetes.io/pod-name: db-0", set("")],
    ["with a label besides that the pods lack", "app: db, job-name: web", job("Job", jobSpec)],
    ["of a kind that does not have it", "job-name: web", workload("Deployment", selected)],
  ])("but not %s", (_, selector, ...documents) => {
    // The StatefulSet's own Service is the one that selects too little here.
    expect(found(service(selector), ...documents)).toContain("service-no-match");
  });
});

describe("pods of custom resources", () => {
  it.each([
    ["an Argo Rollout", workload("Rollout", selected, "argoproj.io/v1alpha1")],
    [
      "a PyTorchJob's workers",
      workload(
        "PyTorchJob",
        `pytorchReplicaSpecs: { Worker: { replicas: 2, ${template} } }`,
        "kubeflow.org/v1",
      ),
    ],
    [
      "a Knative Service, whose containers need no name",
      workload("Service", template.replace("name: a, ", ""), "serving.knative.dev/v1"),
    ],
    [
      "the metadata for a Prometheus' pods",
      workload("Prometheus", "podMetadata: { labels: { app: web } }", "monitoring.coreos.com/v1"),
    ],
  ])("%s", (_, document) => {
    expect(found(service("app: web"), document)).toEqual([]);
    expect(found(service("app: db"), document)).toEqual(["service-no-match"]);
  });

  it("have ports and probes that are looked at", () => {
    const rollout = workload("Rollout", selected, "argoproj.io/v1alpha1").replace(
      "image: a",
      "image: a, readinessProbe: { tcpSocket: { port: http } }",
    );
    expect(found(rollout)).toEqual(["probe-port-name"]);
  });
});

describe("nothing follows from what was refused", () => {
  const refused = workload("Deployment", `replicas: many, ${selected}`);

  it("neither a Service without pods, nor a policy, nor a budget", () => {
    const budget = workload(
      "PodDisruptionBudget",
      "maxUnavailable: 1, selector: { matchLabels: { app: web } }",
      "policy/v1",
    );
    expect(found(service("app: web"), budget)).toEqual([
      "service-no-match",
      "disruption-budget-no-match",
    ]);
    expect(found(service("app: web"), budget, refused)).toEqual([]);
  });

  it("nor a name that is missed", () => {
    const scaler = (kind: string) =>
      workload(
        "HorizontalPodAutoscaler",
        `maxReplicas: 2, scaleTargetRef: { apiVersion: apps/v1, kind: ${kind}, name: web }`,
        "autoscaling/v2",
      );
    expect(found(scaler("Deployment"))).toEqual(["autoscaler-target"]);
    expect(found(scaler("Deployment"), refused)).toEqual([]);
    expect(found(scaler("StatefulSet"), refused)).toEqual(["autoscaler-target"]);
  });

  it("nor anything that a document may have been that can't be read at all", () => {
    expect(
      found(service("app: web"), "{{ if .Values.web }}\nkind: Deployment\n{{ end }}\n"),
    ).toEqual([]);
  });
});

describe("what others bring is not missed", () => {
  const pod = (spec: string, namespace = "default") =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: web, namespace: ${namespace} }\n` +
    `spec: { containers: [{ name: a, image: a }], ${spec} }\n`;
  const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\n";
  const volume = (kind: string) => `volumes: [{ name: a, configMap: { name: ${kind} } }]`;

  it.each([
    ["a ConfigMap where none is declared", [pod(volume("other"))]],
    ["the ConfigMap of every namespace", [configMap, pod(volume("kube-root-ca.crt"))]],
    ["an optional one", [configMap, pod(volume("other, optional: true"))]],
    [
      "one that a custom resource names",
      [
        configMap,
        pod(volume("bundle")),
        "apiVersion: trust.cert-manager.io/v1alpha1\nkind: Bundle\nmetadata: { name: bundle }\n",
      ],
    ],
    ["the ServiceAccount of every namespace", [pod("serviceAccountName: default")]],
    ["a cluster's own", [pod("serviceAccountName: coredns", "kube-system")]],
    [
      "a key of a ConfigMap that something fills",
      [configMap, pod(volume("settings, items: [{ key: a, path: a }]"))],
    ],
    [
      "a variable that extends itself",
      [
        pod("").replace(
          "image: a",
          "image: a, env: [{ name: A, value: a }, { name: A, value: $(A):b }]",
        ),
      ],
    ],
    [
      "a budget whose pods an autoscaler may add to",
      [
        workload("Deployment", selected),
        workload(
          "HorizontalPodAutoscaler",
          "maxReplicas: 2, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }",
          "autoscaling/v2",
        ),
        workload(
          "PodDisruptionBudget",
          "minAvailable: 1, selector: { matchLabels: { app: web } }",
          "policy/v1",
        ),
      ],
    ],
    [
      "a peer with labels that only an operator's pods have",
      [
        workload("Deployment", selected),
        workload(
          "NetworkPolicy",
          "podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { made-by: other } } }] }]",
          "networking.k8s.io/v1",
        ),
      ],
    ],
    [
      "a ClusterRole of an API server's own",
      [
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: a }\n" +
          "roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }\n",
      ],
    ],
  ])("%s", (_, documents) => {
    expect(found(...documents)).toEqual([]);
  });
});
