import { describe, expect, test } from "vitest";
import { applyDefaults } from "../../src/objects/apply-defaults.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";

const object = (apiVersion: string, kind: string, rest: object): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: "a", namespace: "b" },
  ...rest,
});

const podSpec = {
  containers: [{ name: "a" }],
  restartPolicy: "Always",
  dnsPolicy: "ClusterFirst",
  terminationGracePeriodSeconds: 30,
};
const bare = { spec: { containers: [{ name: "a" }] } };
const full = { spec: podSpec };
const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

const service = (spec: object) => object("v1", "Service", { spec });
const serviceDefaults = {
  type: "ClusterIP",
  sessionAffinity: "None",
  internalTrafficPolicy: "Cluster",
};

/** Kind, what is written, what an API server (1.35) makes of the fields we read. */
const CASES: readonly (readonly [string, KubernetesObject, object])[] = [
  [
    "Service",
    service({ ports: [{ port: 80 }] }),
    { spec: { ...serviceDefaults, ports: [{ port: 80, protocol: "TCP", targetPort: 80 }] } },
  ],
  [
    "its unset targetPort",
    service({ ports: [{ port: 80, targetPort: 0 }] }),
    { spec: { ...serviceDefaults, ports: [{ port: 80, protocol: "TCP", targetPort: 80 }] } },
  ],
  [
    "its affinity",
    service({ sessionAffinity: "ClientIP" }),
    {
      spec: {
        ...serviceDefaults,
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
      },
    },
  ],
  [
    "NodePort",
    service({ type: "NodePort" }),
    { spec: { ...serviceDefaults, type: "NodePort", externalTrafficPolicy: "Cluster" } },
  ],
  [
    "external addresses",
    service({ externalIPs: ["1.2.3.4"] }),
    { spec: { ...serviceDefaults, externalIPs: ["1.2.3.4"], externalTrafficPolicy: "Cluster" } },
  ],
  [
    "LoadBalancer",
    service({ type: "LoadBalancer" }),
    {
      spec: {
        ...serviceDefaults,
        type: "LoadBalancer",
        externalTrafficPolicy: "Cluster",
        allocateLoadBalancerNodePorts: true,
      },
    },
  ],
  [
    "ExternalName",
    service({ type: "ExternalName", externalName: "x" }),
    { spec: { type: "ExternalName", externalName: "x", sessionAffinity: "None" } },
  ],
  [
    "Pod",
    object("v1", "Pod", bare),
    { spec: { ...podSpec, enableServiceLinks: true, securityContext: {} } },
  ],
  [
    "its containers",
    object("v1", "Pod", {
      spec: {
        containers: [
          { name: "a", ports: [{ containerPort: 1 }], readinessProbe: { httpGet: { port: 1 } } },
        ],
        initContainers: [{ name: "b", livenessProbe: { exec: {}, periodSeconds: 5 } }],
      },
    }),
    {
      spec: {
        ...podSpec,
        containers: [
          {
            name: "a",
            ports: [{ containerPort: 1, protocol: "TCP" }],
            readinessProbe: { httpGet: { port: 1, path: "/", scheme: "HTTP" }, ...probe },
          },
        ],
        initContainers: [{ name: "b", livenessProbe: { exec: {}, ...probe, periodSeconds: 5 } }],
        enableServiceLinks: true,
        securityContext: {},
      },
    },
  ],
  [
    "Deployment",
    object("apps/v1", "Deployment", { spec: { template: bare } }),
    {
      spec: {
        template: full,
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" },
        },
      },
    },
  ],
  [
    "its strategy, half written",
    object("apps/v1", "Deployment", {
      spec: { template: bare, replicas: 0, strategy: { rollingUpdate: { maxSurge: 1 } } },
    }),
    {
      spec: {
        template: full,
        replicas: 0,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "25%" } },
      },
    },
  ],
  [
    "Recreate",
    object("apps/v1", "Deployment", { spec: { template: bare, strategy: { type: "Recreate" } } }),
    {
      spec: {
        template: full,
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: "Recreate" },
      },
    },
  ],
  [
    "ReplicaSet",
    object("apps/v1", "ReplicaSet", { spec: { template: bare } }),
    { spec: { template: full, replicas: 1 } },
  ],
  [
    "ReplicationController",
    object("v1", "ReplicationController", {
      spec: { template: { metadata: { labels: { c: "d" } }, ...bare } },
    }),
    {
      metadata: { name: "a", namespace: "b", labels: { c: "d" } },
      spec: {
        template: { metadata: { labels: { c: "d" } }, ...full },
        replicas: 1,
        selector: { c: "d" },
      },
    },
  ],
  [
    "StatefulSet",
    object("apps/v1", "StatefulSet", { spec: { template: bare } }),
    {
      spec: {
        template: full,
        replicas: 1,
        podManagementPolicy: "OrderedReady",
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      },
    },
  ],
  [
    "OnDelete",
    object("apps/v1", "StatefulSet", {
      spec: { template: bare, updateStrategy: { type: "OnDelete" } },
    }),
    {
      spec: {
        template: full,
        replicas: 1,
        podManagementPolicy: "OrderedReady",
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        updateStrategy: { type: "OnDelete" },
      },
    },
  ],
  [
    "DaemonSet",
    object("apps/v1", "DaemonSet", { spec: { template: bare } }),
    {
      spec: {
        template: full,
        revisionHistoryLimit: 10,
        updateStrategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
        },
      },
    },
  ],
  [
    "Job",
    object("batch/v1", "Job", { spec: { template: bare } }),
    {
      spec: {
        template: full,
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        completionMode: "NonIndexed",
        podReplacementPolicy: "TerminatingOrFailed",
        suspend: false,
      },
    },
  ],
  [
    "a work queue",
    object("batch/v1", "Job", { spec: { template: bare, parallelism: 3 } }),
    {
      spec: {
        template: full,
        parallelism: 3,
        backoffLimit: 6,
        completionMode: "NonIndexed",
        podReplacementPolicy: "TerminatingOrFailed",
        suspend: false,
      },
    },
  ],
  [
    "CronJob",
    object("batch/v1", "CronJob", {
      spec: { schedule: "* * * * *", jobTemplate: { spec: { template: bare } } },
    }),
    {
      spec: {
        schedule: "* * * * *",
        jobTemplate: { spec: { template: full } },
        concurrencyPolicy: "Allow",
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      },
    },
  ],
  [
    "EndpointSlice",
    object("discovery.k8s.io/v1", "EndpointSlice", { endpoints: [], ports: [{ port: 1 }] }),
    { endpoints: [], ports: [{ port: 1, name: "", protocol: "TCP" }] },
  ],
  [
    "Endpoints",
    object("v1", "Endpoints", { subsets: [{ ports: [{ port: 1 }] }] }),
    { subsets: [{ ports: [{ port: 1, protocol: "TCP" }] }] },
  ],
  [
    "Namespace",
    object("v1", "Namespace", {}),
    { metadata: { name: "a", namespace: "b", labels: { "kubernetes.io/metadata.name": "a" } } },
  ],
  [
    "Secret",
    object("v1", "Secret", { data: { a: "YQ==", b: "Yg==" }, stringData: { b: "c" } }),
    { type: "Opaque", data: { a: "YQ==", b: "Yw==" } },
  ],
  [
    "PersistentVolume",
    object("v1", "PersistentVolume", { spec: {} }),
    { spec: { volumeMode: "Filesystem", persistentVolumeReclaimPolicy: "Retain" } },
  ],
  [
    "PersistentVolumeClaim",
    object("v1", "PersistentVolumeClaim", { spec: {} }),
    { spec: { volumeMode: "Filesystem" } },
  ],
  [
    "NetworkPolicy",
    object("networking.k8s.io/v1", "NetworkPolicy", {
      spec: { ingress: [{ ports: [{ port: 1 }] }] },
    }),
    { spec: { ingress: [{ ports: [{ port: 1, protocol: "TCP" }] }], policyTypes: ["Ingress"] } },
  ],
  [
    "one with egress",
    object("networking.k8s.io/v1", "NetworkPolicy", { spec: { egress: [{}] } }),
    { spec: { egress: [{}], policyTypes: ["Ingress", "Egress"] } },
  ],
  ["ConfigMap", object("v1", "ConfigMap", { data: { a: "b" } }), { data: { a: "b" } }],
  ["a kind that is not read", object("a.b/v1", "Deployment", { spec: {} }), { spec: {} }],
];

describe("what is left out gets the API server's default", () => {
  test.each(CASES)("%s", (_, written, expected) => {
    const { stringData: _secret, ...rest } = written as { stringData?: unknown };
    expect(applyDefaults(written)).toEqual({ ...rest, ...expected });
  });

  test.each(CASES)("%s: once is enough", (_, written) => {
    const once = applyDefaults(written);
    expect(applyDefaults(once)).toBe(once);
  });
});
