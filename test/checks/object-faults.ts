import type { Fault } from "./faults.ts";

/** Further faults of single objects, beside those that the rules of reading are tested with. */

const object = (kind: string, rest: string, apiVersion = "v1", name = "a"): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${rest}`;

const configMap = (rest: string): string => object("ConfigMap", rest);
const service = (spec: string): string => object("Service", `spec: { ${spec} }\n`);
const pod = (spec: string): string => object("Pod", `spec:\n  ${spec}\n`);
const container = (rest: string): string => pod(`containers: [{ name: a, image: a, ${rest} }]`);
const ingress = (spec: string): string =>
  object("Ingress", `spec: ${spec}\n`, "networking.k8s.io/v1");
const serviceCIDR = (cidrs: string): string =>
  object("ServiceCIDR", `spec: { cidrs: ${cidrs} }\n`, "networking.k8s.io/v1");
const path = (rest: string): string => ingress(`{ rules: [{ http: { paths: [{ ${rest} }] } }] }`);

const bomb = (): string => {
  const rows = ["  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"];
  for (let i = 1; i < 7; i++) {
    const before = Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ");
    rows.push(`  a${i}: &a${i} [${before}]\n`);
  }
  // Where the count goes beyond what is allowed.
  rows[3] = rows[3]!.replace(/^(.{26})/, "$1«");
  return object("Custom", `spec:\n${rows.join("")}`, "a.b/v1");
};

/** Where the place is said by a line alone, `«` stands at its first word. */
export const OBJECT_FAULTS: readonly Fault[] = [
  { rule: "yaml-alias", text: configMap("data:\n  a: &b c\n  d: «*e\n") },
  { rule: "yaml-merge", text: configMap("data:\n  <<: «[a, b]\n") },
  { rule: "yaml-number", text: object("Custom", "spec: { weight: «.nan }\n", "a.b/v1") },
  { rule: "yaml-tag", text: object("Custom", "spec: { weight: !!float «heavy }\n", "a.b/v1") },
  {
    rule: "too-deep",
    text: object("Custom", `spec: ${"{ a: ".repeat(198)}{ a: «{ a: ${"}".repeat(200)}\n`, "a.b/v1"),
  },
  { rule: "not-text", text: "kind: ConfigMap\nname: a«\u0007b\n" },
  {
    rule: "json-syntax",
    text: '{"apiVersion":"v1","kind":"List","items":[]} {"apiVersion":"v1","kind":"List","items":[]}\n«{,}\n',
  },
  { rule: "yaml-separator", text: `${object("ConfigMap", "")}«-----BEGIN CERTIFICATE-----\n` },
  {
    rule: "document-rest",
    text: `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n«kind: Pod\n`,
  },
  { rule: "not-an-object", text: "«- apiVersion: v1\n- kind: Pod\n" },
  {
    rule: "more-findings",
    text: object(
      "Pod",
      `  labels:\n${Array.from({ length: 102 }, (_, i) => `    ${i === 99 ? "«" : ""}"-${i}": a\n`).join("")}spec: { containers: [{ name: a, image: a }] }\n`,
    ),
  },
  {
    rule: "duplicate-object",
    text: `${service("ports: [{ port: 80 }]")}---\n${service("ports: [{ port: 81 }]").replace("name: a", "name: «a")}`,
  },
  { rule: "api-version-required", text: "«kind: Service\nmetadata: { name: a }\n" },
  {
    rule: "api-version-format",
    text: "apiVersion: «Apps/v1\nkind: Thing\nmetadata: { name: a }\n",
  },
  {
    rule: "api-removed",
    text: object(
      "EndpointSlice",
      "addressType: IPv4\nendpoints: []\n",
      "«discovery.k8s.io/v1beta1",
    ),
  },
  { rule: "kind-required", text: 'apiVersion: v1\nkind: «""\nmetadata: { name: a }\n' },
  { rule: "namespace-format", text: configMap("  namespace: «my_shop\n") },
  { rule: "namespace-ignored", text: object("Namespace", "  «namespace: shop\n") },
  { rule: "namespace-reserved", text: object("Namespace", "", "v1", "«kube-shop") },
  { rule: "field-required", text: pod("containers:\n    - «image: a") },
  {
    rule: "label-misplaced",
    text: object("Service", "  «tier: backend\nspec: { ports: [{ port: 80 }] }\n"),
  },
  { rule: "label-key", text: configMap("  labels: { «my app: b }\n") },
  { rule: "label-value", text: configMap("  labels: { owner: «shop team }\n") },
  { rule: "annotation-key", text: configMap('  annotations:\n    «"a b": c\n') },
  {
    rule: "annotation-size",
    text: configMap(
      `  «annotations:\n    a: ${"x".repeat(200_000)}\n    b: ${"x".repeat(100_000)}\n`,
    ),
  },
  {
    rule: "service-name-digit",
    text: object("Service", "spec: { ports: [{ port: 80 }] }\n", "v1", "«2nd"),
  },
  {
    rule: "service-ports-required",
    text: service("type: NodePort, «ports: []").replace("«ports: []", "ports: «[]"),
  },
  {
    rule: "service-port-duplicate",
    text: service(
      "ports: [{ name: a, port: 53, protocol: UDP }, { name: b, port: «53, protocol: UDP }]",
    ),
  },
  { rule: "service-external-name", text: service("type: ExternalName, externalName: «Shop_1") },
  {
    rule: "service-external-address",
    text: service("type: ExternalName, externalName: «192.0.2.7"),
  },
  {
    rule: "service-affinity-timeout",
    text: service(
      "sessionAffinity: ClientIP, sessionAffinityConfig: { clientIP: { timeoutSeconds: «86401 } }, ports: [{ port: 80 }]",
    ),
  },
  {
    rule: "service-ip-families",
    text: service("ipFamilyPolicy: SingleStack, ipFamilies: «[IPv4, IPv6], ports: [{ port: 80 }]"),
  },
  {
    rule: "service-traffic-distribution",
    text: service("trafficDistribution: «preferClose, ports: [{ port: 80 }]"),
  },
  {
    rule: "service-annotation",
    text: object(
      "Service",
      "  annotations: { kubelane.dev/session-affinity: «header }\nspec: { ports: [{ port: 80 }] }\n",
    ),
  },
  {
    rule: "ingress-annotation",
    text: object(
      "Ingress",
      "  annotations: { «traefik.ingress.kubernetes.io/router.priority: x }\nspec: { defaultBackend: { resource: { apiGroup: a.b, kind: C, name: d } } }\n",
      "networking.k8s.io/v1",
    ),
  },
  {
    rule: "ingress-annotation",
    text: object(
      "Ingress",
      "  annotations: { «haproxy.org/rate-limit-requests: x }\nspec: { defaultBackend: { resource: { apiGroup: a.b, kind: C, name: d } } }\n",
      "networking.k8s.io/v1",
    ),
  },
  {
    rule: "service-sctp",
    text: service("ports: [{ name: a, port: 80 }, { name: b, port: 80, protocol: «SCTP }]"),
  },
  {
    rule: "containers-required",
    text: object(
      "Deployment",
      "spec:\n  selector: { matchLabels: { app: a } }\n  template: { metadata: { labels: { app: a } }, spec: { containers: «[] } }\n",
      "apps/v1",
    ),
  },
  { rule: "container-port", text: container("ports: [{ containerPort: «0 }]") },
  {
    rule: "service-affinity-unused",
    text: "apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { sessionAffinity: None, «sessionAffinityConfig: {}, ports: [{ port: 80 }] }\n",
  },
  {
    rule: "container-port-name",
    text: container("ports: [{ name: a, containerPort: 80 }, { name: «a, containerPort: 81 }]"),
  },
  { rule: "container-image", text: pod('containers: [{ name: a, image: «"" }]') },
  { rule: "env-name", text: container('env: [{ name: «"a\\tb", value: c }]') },
  { rule: "probe-handler", text: container("livenessProbe: { tcpSocket: { port: «70000 } }") },
  {
    rule: "pod-dns",
    text: pod("dnsPolicy: None\n  dnsConfig: «{}\n  containers: [{ name: a, image: a }]"),
  },
  {
    rule: "progress-deadline",
    text: object(
      "Deployment",
      "spec:\n  progressDeadlineSeconds: «0\n  selector: { matchLabels: { a: b } }\n" +
        "  template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: a, image: a }] } }\n",
      "apps/v1",
    ),
  },
  {
    rule: "job-policy",
    text: object(
      "CronJob",
      "spec:\n  schedule: '@daily'\n  jobTemplate: { spec: { «backoffLimitPerIndex: 1, template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } } } }\n",
      "batch/v1",
    ),
  },
  {
    rule: "cron-schedule",
    text: object(
      "CronJob",
      "spec:\n  schedule: '@daily'\n  timeZone: «Local\n  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } } } }\n",
      "batch/v1",
    ),
  },
  {
    rule: "name-format",
    text: object(
      "StatefulSet",
      "spec:\n  selector: { matchLabels: { a: b } }\n" +
        "  template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: a, image: a }] } }\n",
      "apps/v1",
      "«a.b",
    ),
  },
  {
    rule: "endpoint-port",
    text: object(
      "EndpointSlice",
      "  labels: { kubernetes.io/service-name: a }\naddressType: IPv4\nendpoints: []\nports: [{ name: «A_B, port: 80 }]\n",
      "discovery.k8s.io/v1",
    ),
  },
  {
    rule: "pod-deadline",
    text: pod("activeDeadlineSeconds: «0\n  containers: [{ name: a, image: a }]"),
  },
  { rule: "pod-hostname", text: pod("subdomain: «Web\n  containers: [{ name: a, image: a }]") },
  {
    rule: "selector-empty",
    text: object(
      "DaemonSet",
      "spec:\n  selector: «{ matchLabels: {} }\n  template: { metadata: { labels: { app: a } }, spec: { containers: [{ name: a, image: a }] } }\n",
      "apps/v1",
    ),
  },
  {
    rule: "job-completions",
    text: object(
      "Job",
      "«spec: { completionMode: Indexed, parallelism: 2, template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } } }\n",
      "batch/v1",
    ),
  },
  { rule: "service-cidr", text: serviceCIDR("«[]") },
  { rule: "service-cidr", text: serviceCIDR("[10.1.0.0/16, «10.2.0.0/16]") },
  { rule: "service-cidr", text: serviceCIDR("«[fd00::/112, 10.1.0.0/16, 10.2.0.0/16]") },
  { rule: "service-cidr", text: serviceCIDR("[«10.1.0.0/33]") },
  { rule: "service-cidr", text: serviceCIDR("[«10.1.2.3/16]") },
  { rule: "service-cidr", text: serviceCIDR("[«FD00::/112]") },
  {
    rule: "name-format",
    text: object(
      "IPAddress",
      "spec: { parentRef: { resource: services, namespace: shop, name: web } }\n",
      "networking.k8s.io/v1",
      "«FD00::1",
    ),
  },
  {
    rule: "cron-schedule",
    text: object(
      "CronJob",
      "spec:\n  schedule: «'* * * *'\n  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } } } }\n",
      "batch/v1",
    ),
  },
  {
    rule: "endpoint-slice-service",
    text: object(
      "EndpointSlice",
      "addressType: IPv6\nendpoints: []\n",
      "discovery.k8s.io/v1",
    ).replace("metadata:", "«metadata:"),
  },
  { rule: "ingress-rules", text: ingress("{ rules: «[] }") },
  {
    rule: "ingress-path",
    text: path(
      "path: «shop, pathType: Prefix, backend: { service: { name: a, port: { number: 80 } } }",
    ),
  },
  { rule: "ingress-backend", text: path("path: /, pathType: Prefix, backend: «{}") },
  { rule: "yaml-alias-bomb", text: bomb() },
];
