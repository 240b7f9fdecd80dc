import { standardControllers } from "../../src/controllers/standard.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import type { ObjectKey } from "../../src/objects/object-key.ts";
import { Store } from "../../src/store/store.ts";

/** What only shows when the control loops work with the objects: in which cluster, and by which manifests. */
export interface ClusterFault {
  readonly rule: string;
  readonly text: string;
  /** What is deleted then. */
  readonly gone?: ObjectKey;
  readonly serviceRange?: string;
  readonly nodePorts?: readonly [first: number, last: number];
}

const service = (name: string, spec: string, metadata = "") =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}${metadata} }\nspec: { ${spec} }\n`;
const documents = (...texts: readonly string[]) => texts.join("---\n");
const ports = "ports: [{ port: 80 }]";

export const CLUSTER_FAULTS: readonly ClusterFault[] = [
  {
    rule: "cluster-ip-taken",
    text: documents(
      service("web", `clusterIP: 10.96.0.20, ${ports}`),
      service("api", `clusterIP: 10.96.0.20, ${ports}`),
    ),
  },
  { rule: "cluster-ip-outside", text: service("web", `clusterIP: 10.95.0.20, ${ports}`) },
  { rule: "cluster-ip-reserved", text: service("web", `clusterIP: 10.96.0.0, ${ports}`) },
  { rule: "cluster-ip-range", text: service("web", `ipFamilies: [IPv6], ${ports}`) },
  {
    rule: "cluster-ip-range",
    text: documents(...["a", "b", "c", "d", "e", "f"].map((name) => service(name, ports))),
    serviceRange: "10.96.0.0/29",
  },
  {
    rule: "node-port-taken",
    text: documents(
      service("web", "type: NodePort, ports: [{ port: 80, nodePort: 30080 }]"),
      service("api", "type: NodePort, ports: [{ port: 80, nodePort: 30080 }]"),
    ),
  },
  {
    rule: "node-port-outside",
    text: service("web", "type: NodePort, ports: [{ port: 80, nodePort: 30080 }]"),
    nodePorts: [31000, 31999],
  },
  {
    rule: "node-port-range",
    text: documents(
      service("web", `type: NodePort, ${ports}`),
      service("api", `type: NodePort, ${ports}`),
    ),
    nodePorts: [30000, 30000],
  },
  {
    rule: "service-cidr-mirror",
    text: "apiVersion: networking.k8s.io/v1\nkind: ServiceCIDR\nmetadata: { name: more }\nspec: { cidrs: [172.96.0.0/16] }\n",
  },
  {
    rule: "service-cidr-in-use",
    text: documents(
      "apiVersion: networking.k8s.io/v1\nkind: ServiceCIDR\nmetadata: { name: more }\nspec: { cidrs: [10.200.0.0/16] }\n",
      service("web", `clusterIP: 10.200.0.7, ${ports}`),
    ),
    gone: { kind: "ServiceCIDR.networking.k8s.io", namespace: "", name: "more" },
  },
  {
    rule: "load-balancer-address",
    text: service("web", `type: LoadBalancer, loadBalancerIP: 203.0.113.7, ${ports}`),
  },
  {
    rule: "topology-hints",
    text: documents(
      service(
        "web",
        `selector: { app: web }, ${ports}`,
        ', annotations: { "service.kubernetes.io/topology-mode": Auto }',
      ),
      `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { containers: [{ name: a, image: a }] }
status: { podIP: 10.244.0.1, conditions: [{ type: Ready, status: "True" }] }
`,
    ),
  },
  {
    rule: "workload-unusable",
    text: `apiVersion: v1
kind: ReplicationController
metadata: { name: web }
spec:
  replicas: 2000000000
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: a, image: a }] } }
`,
  },
];

/** What the control loops say. */
export function clusterFindings({ text, gone, ...cluster }: ClusterFault): Diagnostic[] {
  const findings: Diagnostic[] = [];
  const { objects, diagnostics } = readManifest(text, "web.yaml");
  const { serviceRange, nodePorts } = cluster;
  const controllers = standardControllers({
    mirrored: [{ use: "pods", range: "10.244.0.0/16" }],
    onFinding: (finding) => findings.push(finding),
    ...(serviceRange && { serviceRanges: [serviceRange] }),
    ...(nodePorts && { nodePortRange: { first: nodePorts[0], last: nodePorts[1] } }),
  });
  const store = new Store({ controllers });
  store.apply(objects.map(({ object }) => ({ op: "put", object })));
  if (gone !== undefined) store.apply([{ op: "delete", key: gone }]);
  return [...diagnostics, ...findings];
}
