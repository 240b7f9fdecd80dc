import { describe, expect, it } from "vitest";
import { printObjects } from "../../src/cli/print-objects.ts";
import { groupKind, type KubernetesObject } from "../../src/objects/object.ts";

const NOW = new Date("2026-01-01T00:00:00Z");
const CREATED = "2025-12-31T23:55:00Z";

interface Row {
  readonly kind: string;
  readonly apiVersion?: string;
  readonly rest: object;
  /** Cells two or more blanks apart, as kubectl prints them. */
  readonly table: readonly [header: string, row: string];
  readonly wide?: boolean;
}

const template = {
  spec: { nodeSelector: { disk: "ssd" }, containers: [{ name: "a", image: "i:1" }] },
};
const selector = { matchLabels: { app: "web" } };

const ROWS: readonly Row[] = [
  {
    kind: "Namespace",
    rest: { status: { phase: "Terminating" } },
    table: ["NAME  STATUS  AGE", "x  Terminating  5m"],
  },
  {
    kind: "ConfigMap",
    rest: { data: { a: "1" }, binaryData: { b: "" } },
    table: ["NAME  DATA  AGE", "x  2  5m"],
  },
  {
    kind: "Secret",
    rest: { data: { a: "" }, type: "kubernetes.io/tls" },
    table: ["NAME  TYPE  DATA  AGE", "x  kubernetes.io/tls  1  5m"],
  },
  {
    kind: "ResourceQuota",
    rest: {
      status: { hard: { pods: "10", "limits.cpu": "4" }, used: { pods: "3" } },
    },
    table: ["NAME  REQUEST  LIMIT  AGE", "x  pods: 3/10  limits.cpu: 0/4  5m"],
  },
  {
    kind: "PriorityClass.scheduling.k8s.io",
    rest: { value: 1000 },
    table: [
      "NAME  VALUE  GLOBAL-DEFAULT  AGE  PREEMPTIONPOLICY",
      "x  1000  false  5m  PreemptLowerPriority",
    ],
  },
  { kind: "ServiceAccount", rest: {}, table: ["NAME  AGE", "x  5m"] },
  {
    kind: "Node",
    rest: {
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        nodeInfo: { kubeletVersion: "v1.36.0" },
      },
    },
    table: [
      "NAME  STATUS  ROLES  AGE  VERSION",
      "x  Ready,SchedulingDisabled  <none>  5m  v1.36.0",
    ],
  },
  {
    kind: "Pod",
    rest: {
      spec: { containers: [{ name: "a" }], nodeName: "n1" },
      status: {
        phase: "Running",
        podIP: "10.244.0.9",
        containerStatuses: [
          {
            name: "a",
            ready: true,
            restartCount: 3,
            state: { running: {} },
            lastState: { terminated: { exitCode: 1, finishedAt: "2025-12-31T23:59:00Z" } },
          },
        ],
      },
    },
    wide: true,
    table: [
      "NAME  READY  STATUS  RESTARTS  AGE  IP  NODE  NOMINATED NODE  READINESS GATES",
      "x  1/1  Running  3 (60s ago)  5m  10.244.0.9  n1  <none>  <none>",
    ],
  },
  {
    kind: "Deployment",
    apiVersion: "apps/v1",
    rest: { spec: { replicas: 3, selector, template }, status: { readyReplicas: 2 } },
    wide: true,
    table: [
      "NAME  READY  UP-TO-DATE  AVAILABLE  AGE  CONTAINERS  IMAGES  SELECTOR",
      "x  2/3  0  0  5m  a  i:1  app=web",
    ],
  },
  {
    kind: "DaemonSet",
    apiVersion: "apps/v1",
    rest: { spec: { selector, template } },
    table: [
      "NAME  DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  NODE SELECTOR  AGE",
      "x  0  0  0  0  0  disk=ssd  5m",
    ],
  },
  {
    kind: "StatefulSet",
    apiVersion: "apps/v1",
    rest: { spec: { selector, template } },
    wide: true,
    table: ["NAME  READY  AGE  CONTAINERS  IMAGES", "x  0/1  5m  a  i:1"],
  },
  {
    kind: "ReplicationController",
    rest: { spec: { selector: { app: "web" }, template } },
    wide: true,
    table: [
      "NAME  DESIRED  CURRENT  READY  AGE  CONTAINERS  IMAGES  SELECTOR",
      "x  1  0  0  5m  a  i:1  app=web",
    ],
  },
  {
    kind: "Job",
    apiVersion: "batch/v1",
    rest: {
      spec: { template, completions: 2 },
      status: {
        succeeded: 2,
        startTime: "2025-12-31T23:55:00Z",
        completionTime: "2025-12-31T23:55:07Z",
        conditions: [{ type: "Complete", status: "True" }],
      },
    },
    table: ["NAME  STATUS  COMPLETIONS  DURATION  AGE", "x  Complete  2/2  7s  5m"],
  },
  {
    kind: "CronJob",
    apiVersion: "batch/v1",
    rest: { spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template } } } },
    table: [
      "NAME  SCHEDULE  TIMEZONE  SUSPEND  ACTIVE  LAST SCHEDULE  AGE",
      "x  */5 * * * *  <none>  False  0  <none>  5m",
    ],
  },
  {
    kind: "Endpoints",
    rest: {
      subsets: [{ addresses: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }], ports: [{ port: 80 }] }],
    },
    table: ["NAME  ENDPOINTS  AGE", "x  10.0.0.1:80,[fd00::1]:80  5m"],
  },
  {
    kind: "EndpointSlice",
    apiVersion: "discovery.k8s.io/v1",
    rest: {
      addressType: "IPv4",
      endpoints: ["1", "2", "3", "4"].map((n) => ({ addresses: [`10.0.0.${n}`] })),
      ports: [{ port: 80 }],
    },
    table: [
      "NAME  ADDRESSTYPE  PORTS  ENDPOINTS  AGE",
      "x  IPv4  80  10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...  5m",
    ],
  },
  {
    kind: "Ingress",
    apiVersion: "networking.k8s.io/v1",
    rest: {
      spec: {
        ingressClassName: "nginx",
        rules: [{ host: "shop.example", http: { paths: [] } }],
        tls: [{}],
      },
    },
    table: ["NAME  CLASS  HOSTS  ADDRESS  PORTS  AGE", "x  nginx  shop.example    80, 443  5m"],
  },
  {
    kind: "NetworkPolicy",
    apiVersion: "networking.k8s.io/v1",
    rest: { spec: { podSelector: selector } },
    table: ["NAME  POD-SELECTOR  AGE", "x  app=web  5m"],
  },
  {
    kind: "PodDisruptionBudget",
    apiVersion: "policy/v1",
    rest: { spec: { selector, minAvailable: "50%" }, status: { disruptionsAllowed: 1 } },
    table: ["NAME  MIN AVAILABLE  MAX UNAVAILABLE  ALLOWED DISRUPTIONS  AGE", "x  50%  N/A  1  5m"],
  },
  {
    kind: "HorizontalPodAutoscaler",
    apiVersion: "autoscaling/v2",
    rest: {
      spec: {
        scaleTargetRef: { kind: "Deployment", name: "web" },
        maxReplicas: 4,
        metrics: [{ resource: { name: "cpu", target: { averageUtilization: 50 } } }],
      },
    },
    table: [
      "NAME  REFERENCE  TARGETS  MINPODS  MAXPODS  REPLICAS  AGE",
      "x  Deployment/web  cpu: <unknown>/50%  <unset>  4  0  5m",
    ],
  },
  {
    kind: "PersistentVolumeClaim",
    rest: { spec: { accessModes: ["ReadWriteOnce"], storageClassName: "fast" } },
    table: [
      "NAME  STATUS  VOLUME  CAPACITY  ACCESS MODES  STORAGECLASS  VOLUMEATTRIBUTESCLASS  AGE",
      "x  Pending        fast  <unset>  5m",
    ],
  },
  {
    kind: "PersistentVolume",
    rest: {
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteMany", "ReadWriteOncePod"],
        claimRef: { namespace: "shop", name: "data" },
      },
    },
    table: [
      "NAME  CAPACITY  ACCESS MODES  RECLAIM POLICY  STATUS  CLAIM  STORAGECLASS  VOLUMEATTRIBUTESCLASS  REASON  AGE",
      "x  1Gi  RWX,RWOP  Retain  Available  shop/data    <unset>    5m",
    ],
  },
  {
    kind: "StorageClass",
    apiVersion: "storage.k8s.io/v1",
    rest: { provisioner: "example.org/disk" },
    table: [
      "NAME  PROVISIONER  RECLAIMPOLICY  VOLUMEBINDINGMODE  ALLOWVOLUMEEXPANSION  AGE",
      "x  example.org/disk  Delete  Immediate  false  5m",
    ],
  },
  {
    kind: "RoleBinding",
    apiVersion: "rbac.authorization.k8s.io/v1",
    rest: { roleRef: { kind: "Role", name: "reader" } },
    table: ["NAME  ROLE  AGE", "x  Role/reader  5m"],
  },
  {
    kind: "Role",
    apiVersion: "rbac.authorization.k8s.io/v1",
    rest: {},
    table: ["NAME  CREATED AT", `x  ${CREATED}`],
  },
  {
    kind: "Event",
    rest: {
      lastTimestamp: "2025-12-31T23:59:30Z",
      type: "Warning",
      reason: "BackOff",
      involvedObject: { kind: "Pod", name: "web-1" },
      message: "back-off",
    },
    table: [
      "LAST SEEN  TYPE  REASON  OBJECT  MESSAGE",
      "30s  Warning  BackOff  pod/web-1  back-off",
    ],
  },
  { kind: "Widget", apiVersion: "example.org/v1", rest: {}, table: ["NAME  AGE", "x  5m"] },
];

describe("the table of each kind has the columns of kubectl", () => {
  it.each(ROWS.map((row) => [row.kind, row] as const))("%s", (_, row) => {
    const { kind, apiVersion = "v1", rest, table, wide } = row;
    const metadata = { name: "x", namespace: "shop", creationTimestamp: CREATED };
    const object: KubernetesObject = { apiVersion, kind, metadata, ...rest };
    const text = printObjects([{ groupKind: groupKind(apiVersion, kind), objects: [object] }], {
      output: wide ? "wide" : "table",
      withNamespace: false,
      single: false,
      now: NOW,
    });
    const [header = "", line = ""] = text.split("\n");
    const expected = table[0].split("  ");
    expect(header.split(/ {3,}/)).toEqual(expected);
    const cells = headerStarts(header, expected).map((start, i, all) =>
      line.slice(start, all[i + 1]).trim(),
    );
    expect(cells).toEqual(table[1].split("  "));
  });
});

/** Where each column begins. */
function headerStarts(header: string, names: readonly string[]): number[] {
  let from = 0;
  return names.map((name) => {
    const start = header.indexOf(name, from);
    from = start + name.length;
    return start;
  });
}
