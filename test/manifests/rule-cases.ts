/**
 * A text for every rule that breaks it and nothing else of severity error. `«` stands where the
 * diagnostic has to point; it is taken out before the text is read.
 */
export interface RuleCase {
  readonly rule: string;
  readonly text: string;
}

/** Rules of whole files and of changes, which have tests of their own. */
export const TESTED_ELSEWHERE = [
  "file-unreadable",
  "file-emptied",
  "not-watched",
  "no-manifests",
  "folder-link",
  "helm-chart",
  "no-manifest",
  "kustomization-folder",
  "tool-missing",
  "render-failed",
  "too-large",
  "field-immutable",
];

const object = (kind: string, rest: string, apiVersion = "v1"): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: web\n${rest}`;

const definition = (conversion: string): string =>
  object(
    "CustomResourceDefinition",
    "spec:\n  group: a.example.com\n  scope: Cluster\n  names: { plural: webs, kind: Web }\n" +
      "  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]\n" +
      `  conversion: ${conversion}\n`,
    "apiextensions.k8s.io/v1",
  ).replace("name: web\n", "name: webs.a.example.com\n");

const service = (spec: string): string =>
  object("Service", `spec:\n${spec.replace(/^/gm, "  ")}\n`);

const pod = (spec: string): string => object("Pod", `spec:\n${spec.replace(/^/gm, "  ")}\n`);

const workload = (kind: string, apiVersion: string, spec: string, template = ""): string =>
  object(
    kind,
    `spec:\n${spec.replace(/^/gm, "  ")}\n` +
      `  template:\n    metadata: { labels: { app: web } }\n` +
      `    spec:\n      containers: [{ name: web, image: web }]\n${template}`,
    apiVersion,
  );

const deployment = (spec: string, template = ""): string =>
  workload("Deployment", "apps/v1", spec, template);

const slice = (rest: string, label = "  labels: { kubernetes.io/service-name: web }\n"): string =>
  `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: web\n${label}${rest}`;

const policy = (spec: string): string =>
  object("NetworkPolicy", `spec:\n  podSelector: {}\n  ${spec}\n`, "networking.k8s.io/v1");

const claim = (spec: string): string => object("PersistentVolumeClaim", `spec:\n  ${spec}\n`);

const ingress = (host: string, path: string, port: string): string =>
  object(
    "Ingress",
    `spec:\n  rules: [{ ${host}, http: { paths: [{ ${path}, backend: { service: { name: a, port: ${port} } } }] } }]\n`,
    "networking.k8s.io/v1",
  );

export const RULE_CASES: readonly RuleCase[] = [
  // Text
  { rule: "yaml-syntax", text: object("ConfigMap", "data:\n  a: 1\n «b: 2\n") },
  { rule: "yaml-syntax", text: object("ConfigMap", "data:\n«\ta: b\n") },
  { rule: "yaml-alias", text: object("ConfigMap", "data: { a: «*nothing }\n") },
  { rule: "yaml-alias-bomb", text: aliasBomb() },
  { rule: "yaml-key", text: object("ConfigMap", "data:\n  «~: b\n") },
  { rule: "yaml-key", text: object("ConfigMap", "data:\n  ? «[a]\n  : b\n") },
  { rule: "yaml-merge", text: object("ConfigMap", "data:\n  <<: «text\n") },
  { rule: "yaml-number", text: object("ConfigMap", "data: { a: «.inf }\n") },
  { rule: "yaml-tag", text: object("ConfigMap", "data: { a: !!int «many }\n") },
  {
    rule: "too-deep",
    text: object("Custom", `spec: ${"[".repeat(199)}«[${"]".repeat(200)}\n`, "a.b/v1"),
  },
  { rule: "duplicate-key", text: object("ConfigMap", 'data:\n  a: "1"\n  «a: "2"\n') },
  {
    rule: "duplicate-key",
    text: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a",«"name":"b"}}',
  },
  {
    rule: "json-syntax",
    text: `${'{"apiVersion":"v1","kind":"List","items":[]}\n'.repeat(2)}«a: b\n`,
  },
  { rule: "yaml-separator", text: "«--- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n" },
  { rule: "document-rest", text: `${object("ConfigMap", "")}...\n«kind: Pod\n` },
  { rule: "not-text", text: "kind: «\u0000\n" },
  { rule: "not-an-object", text: "«just words\n" },
  {
    rule: "unrendered-template",
    text: object("ConfigMap", "data:\n  name: «{{ .Values.name }}\n  other: {{ .Values.other }}\n"),
  },
  {
    rule: "unrendered-template",
    text: object("Service", "spec:\n  ports: [{ port: 80, name: '«{{ .Values.port }}' }]\n"),
  },
  {
    rule: "duplicate-object",
    text: `${object("ConfigMap", "")}---\n${object("ConfigMap", "").replace("web", "«web")}`,
  },

  {
    rule: "more-findings",
    text: object(
      "ConfigMap",
      `data:\n  a: b\n${Array.from({ length: 101 }, (_, i) => `  ${i === 99 ? "«" : ""}a: b\n`).join("")}`,
    ),
  },

  // Identity
  {
    rule: "api-version-required",
    text: "«kind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: a }] }\n",
  },
  {
    rule: "api-version-format",
    text: "apiVersion: «apps/v1/x\nkind: Thing\nmetadata: { name: a }\n",
  },
  { rule: "kind-required", text: "«apiVersion: v1\nmetadata: { name: a }\n" },
  {
    rule: "kind-group",
    text: deployment("selector: { matchLabels: { app: web } }").replace("apps/v1", "«v1"),
  },
  { rule: "kind-group", text: "apiVersion: v1\nkind: «service\nmetadata: { name: a }\n" },
  {
    rule: "api-removed",
    text: "apiVersion: «extensions/v1beta1\nkind: Ingress\nmetadata: { name: a }\n",
  },
  {
    rule: "name-required",
    text: "apiVersion: v1\nkind: ConfigMap\n«metadata: { labels: { a: b } }\n",
  },
  { rule: "name-required", text: "«apiVersion: v1\nkind: ConfigMap\n" },
  { rule: "name-required", text: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  «name: \n" },
  { rule: "name-format", text: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: «Web_1 }\n" },
  {
    rule: "name-format",
    text: "apiVersion: v1\nkind: Service\nmetadata: { name: «a.b }\nspec: { ports: [{ port: 80 }] }\n",
  },
  {
    rule: "service-name-digit",
    text: "apiVersion: v1\nkind: Service\nmetadata: { name: «1st }\nspec: { ports: [{ port: 80 }] }\n",
  },
  {
    rule: "namespace-format",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: «Shop }\n",
  },
  {
    rule: "namespace-ignored",
    text: "apiVersion: v1\nkind: Node\nmetadata: { name: a, «namespace: shop }\n",
  },
  {
    rule: "namespace-reserved",
    text: "apiVersion: v1\nkind: Namespace\nmetadata: { name: «kube-mine }\n",
  },

  // Fields
  { rule: "field-type", text: service("ports: [{ port: «'80' }]") },
  {
    rule: "field-type",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, labels: { version: «1.0 } }\n",
  },
  { rule: "field-type", text: pod("containers:\n  «name: web") },
  { rule: "field-required", text: pod("containers:\n- «image: a") },
  { rule: "field-value", text: service("type: «clusterip\nports: [{ port: 80 }]") },
  {
    rule: "field-value",
    text: deployment("replicas: «-1\nselector: { matchLabels: { app: web } }"),
  },
  {
    rule: "field-forbidden",
    text: pod(
      "containers: [{ name: a, image: a }]\ninitContainers: [{ name: b, image: b, «readinessProbe: { exec: { command: [c] } } }]",
    ),
  },
  {
    rule: "field-forbidden",
    text: pod(
      "containers: [{ name: a, image: a }]\nvolumes: [{ name: b, emptyDir: {}, «hostPath: { path: /a } }]",
    ),
  },
  {
    rule: "field-duplicate",
    text: pod(
      "containers: [{ name: a, image: a }]\nvolumes: [{ name: b, emptyDir: {} }, { name: «b, emptyDir: {} }]",
    ),
  },
  {
    rule: "field-duplicate",
    text: "apiVersion: v1\nkind: Node\nmetadata: { name: a }\nspec: { taints: [{ key: a, effect: NoSchedule }, «{ key: a, effect: NoSchedule }] }\n",
  },
  {
    rule: "name-generated",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata: { generateName: «web- }\n",
  },
  {
    rule: "name-generated",
    text: "apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: «web- }\nspec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } } }\n",
  },
  { rule: "unknown-field", text: service("ports: [{ port: 80, «targetport: 8080 }]") },
  {
    rule: "unknown-field",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, «lables: { a: b } }\n",
  },

  // Metadata
  {
    rule: "field-dropped",
    text: object(
      "StatefulSet",
      "spec:\n  selector: { matchLabels: { a: b } }\n  template:\n    metadata: { labels: { a: b } }\n" +
        "    spec: { containers: [{ name: a, image: a }] }\n" +
        "  updateStrategy: { rollingUpdate: { «maxUnavailable: 2 } }\n",
      "apps/v1",
    ),
  },
  {
    rule: "field-dropped",
    text: object(
      "StatefulSet",
      "spec:\n  selector: { matchLabels: { a: b } }\n  template:\n    metadata: { labels: { a: b } }\n" +
        "    spec: { containers: [{ name: a, image: a }] }\n" +
        "  updateStrategy:\n    type: RollingUpdate\n    rollingUpdate:\n      partition: 1\n      «maxUnavailable: 50%\n",
      "apps/v1",
    ),
  },
  {
    rule: "label-misplaced",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  «app: pulse-api\n",
  },
  {
    rule: "label-key",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, labels: { «a/b/c: d } }\n",
  },
  {
    rule: "label-value",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    release: «stable,\n",
  },
  {
    rule: "annotation-key",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, annotations: { «-: d } }\n",
  },
  {
    rule: "annotation-size",
    text: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, «annotations: { a: ${"x".repeat(262144)} } }\n`,
  },

  // Selectors
  { rule: "selector-invalid", text: service("selector: { app: «-web }\nports: [{ port: 80 }]") },
  {
    rule: "selector-invalid",
    text: deployment(
      "selector: { matchExpressions: [{ key: app, operator: «in, values: [web] }] }",
    ),
  },
  {
    rule: "selector-invalid",
    text: deployment(
      "selector: { matchLabels: { app: web }, matchExpressions: [{ key: app, operator: Exists, values: «[web] }] }",
    ),
  },
  { rule: "selector-empty", text: deployment("selector: «{}") },
  {
    rule: "selector-mismatch",
    text: deployment("selector: { matchLabels: { app: api } }").replace(
      "{ app: web }",
      "«{ app: web }",
    ),
  },
  {
    rule: "selector-mismatch",
    text: workload("ReplicationController", "v1", "selector: { app: api }").replace(
      "{ app: web }",
      "«{ app: web }",
    ),
  },

  // Workloads
  {
    rule: "restart-policy",
    text: deployment("selector: { matchLabels: { app: web } }", "      restartPolicy: «Never\n"),
  },
  {
    rule: "restart-policy",
    text: workload("Job", "batch/v1", "backoffLimit: 1", "").replace("    spec:\n", "    «spec:\n"),
  },
  {
    rule: "rolling-update",
    text: deployment(
      "selector: { matchLabels: { app: web } }\nstrategy: { rollingUpdate: { maxSurge: «some } }",
    ),
  },
  {
    rule: "rolling-update",
    text: deployment(
      "selector: { matchLabels: { app: web } }\nstrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: «0% } }",
    ),
  },
  {
    rule: "rolling-update",
    text: deployment(
      "selector: { matchLabels: { app: web } }\nstrategy: { rollingUpdate: { maxUnavailable: «150% } }",
    ),
  },
  {
    rule: "rolling-update",
    text: workload(
      "DaemonSet",
      "apps/v1",
      "selector: { matchLabels: { app: web } }\nupdateStrategy: { rollingUpdate: { maxSurge: «1 } }",
    ),
  },
  {
    rule: "rolling-update",
    text: workload(
      "DaemonSet",
      "apps/v1",
      "selector: { matchLabels: { app: web } }\nupdateStrategy: { rollingUpdate: { maxUnavailable: «0 } }",
    ),
  },
  {
    rule: "rolling-update",
    text: workload(
      "StatefulSet",
      "apps/v1",
      "selector: { matchLabels: { app: web } }\nupdateStrategy: { type: OnDelete, «rollingUpdate: { partition: 1 } }",
    ),
  },
  {
    rule: "progress-deadline",
    text: deployment(
      "selector: { matchLabels: { app: web } }\nminReadySeconds: 10\nprogressDeadlineSeconds: «10",
    ),
  },
  {
    rule: "job-policy",
    text: object(
      "Job",
      "spec:\n  podFailurePolicy: { rules: [{ action: Ignore, onPodConditions: [{ type: DisruptionTarget }] }] }\n" +
        "  template: { spec: { restartPolicy: «OnFailure, containers: [{ name: a, image: a }] } }\n",
      "batch/v1",
    ),
  },
  {
    rule: "job-policy",
    text: object(
      "Job",
      "spec:\n  podFailurePolicy: { rules: [{ action: «FailIndex, onExitCodes: { operator: In, values: [1] } }] }\n" +
        "  template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } }\n",
      "batch/v1",
    ),
  },
  {
    rule: "job-completions",
    text: workload(
      "Job",
      "batch/v1",
      "completionMode: Indexed\nparallelism: 2",
      "      restartPolicy: Never\n",
    ).replace("spec:", "«spec:"),
  },
  {
    rule: "service-cidr",
    text: object(
      "ServiceCIDR",
      "spec:\n  cidrs:\n    - 10.200.0.0/16\n    - «10.201.0.0/16\n",
      "networking.k8s.io/v1",
    ),
  },
  {
    rule: "cron-schedule",
    text: object(
      "CronJob",
      'spec:\n  schedule: «"every day"\n  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } } } }\n',
      "batch/v1",
    ),
  },

  // Pods
  { rule: "containers-required", text: pod("containers: «[]") },
  { rule: "container-name", text: pod("containers: [{ name: «Web, image: web }]") },
  {
    rule: "container-name",
    text: pod("containers: [{ name: web, image: web }, { name: «web, image: web }]"),
  },
  {
    rule: "container-port",
    text: pod("containers: [{ name: web, image: web, ports: [{ containerPort: «70000 }] }]"),
  },
  {
    rule: "container-port-name",
    text: pod(
      "containers: [{ name: web, image: web, ports: [{ name: «http_api, containerPort: 80 }] }]",
    ),
  },
  { rule: "container-image", text: pod("containers:\n- «name: web") },
  {
    rule: "env-name",
    text: pod("containers: [{ name: web, image: web, env: [{ name: «a=b, value: c }] }]"),
  },
  {
    rule: "probe-handler",
    text: pod("containers: [{ name: web, image: web, «readinessProbe: { periodSeconds: 5 } }]"),
  },
  { rule: "pod-hostname", text: pod("hostname: «a.b\ncontainers: [{ name: web, image: web }]") },
  {
    rule: "pod-dns",
    text: pod("dnsPolicy: None\ndnsConfig: «{}\ncontainers: [{ name: web, image: web }]"),
  },
  {
    rule: "pod-deadline",
    text: pod("activeDeadlineSeconds: «2147483648\ncontainers: [{ name: web, image: web }]"),
  },

  // Services
  {
    rule: "service-ports-required",
    text: service("selector: { app: web }").replace("spec:", "«spec:"),
  },
  { rule: "service-port-range", text: service("ports: [{ port: «0 }]") },
  { rule: "service-port-range", text: service("ports: [{ port: 80, targetPort: «65536 }]") },
  {
    rule: "service-port-name",
    text: service("ports:\n- { name: http, port: 80 }\n- «{ port: 81 }"),
  },
  {
    rule: "service-port-name",
    text: service("ports: [{ name: http, port: 80 }, { name: «http, port: 81 }]"),
  },
  { rule: "service-port-name", text: service("ports: [{ name: «Http, port: 80 }]") },
  {
    rule: "service-port-duplicate",
    text: service("ports: [{ name: a, port: 80 }, { name: b, port: «80 }]"),
  },
  { rule: "service-target-port", text: service("ports: [{ port: 80, targetPort: «'8080' }]") },
  {
    rule: "service-target-port",
    text: service("ports: [{ port: 80, targetPort: «a-very-long-port-name }]"),
  },
  { rule: "service-node-port", text: service("ports: [{ port: 80, nodePort: «30000 }]") },
  {
    rule: "service-node-port",
    text: service("type: NodePort\nports: [{ port: 80, nodePort: «80 }]"),
  },
  {
    rule: "service-node-port",
    text: service(
      "type: NodePort\nports: [{ name: a, port: 80, nodePort: 30000 }, { name: b, port: 81, nodePort: «30000 }]",
    ),
  },
  { rule: "service-cluster-ip", text: service("clusterIP: «none\nports: [{ port: 80 }]") },
  {
    rule: "service-cluster-ip",
    text: service("type: NodePort\nclusterIP: «None\nports: [{ port: 80 }]"),
  },
  { rule: "service-external-name", text: service("type: ExternalName\nexternalName: «'fd00::1'") },
  {
    rule: "service-external-address",
    text: service("type: ExternalName\nexternalName: «10.0.0.1"),
  },
  {
    rule: "service-affinity-timeout",
    text: service(
      "sessionAffinity: ClientIP\nsessionAffinityConfig: { clientIP: { timeoutSeconds: «0 } }\nports: [{ port: 80 }]",
    ),
  },
  {
    rule: "service-affinity-unused",
    text: service(
      "«sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } }\nports: [{ port: 80 }]",
    ),
  },
  {
    rule: "service-type-field",
    text: service("«loadBalancerSourceRanges: [10.0.0.0/8]\nports: [{ port: 80 }]"),
  },
  {
    rule: "service-type-field",
    text: service("type: ExternalName\nexternalName: a.b\n«ipFamilyPolicy: SingleStack"),
  },
  {
    rule: "service-cluster-ip",
    text: service("clusterIP: None\nclusterIPs: [None, «'fd00::1']"),
  },
  {
    rule: "service-ip-families",
    text: service("clusterIP: 10.96.0.7\nipFamilies: [«IPv6]\nports: [{ port: 80 }]"),
  },
  {
    rule: "service-ip-families",
    text: service(
      "clusterIP: 10.96.0.7\nclusterIPs: «[10.96.0.7, 'fd00::1']\nipFamilyPolicy: SingleStack\nports: [{ port: 80 }]",
    ),
  },
  {
    rule: "service-qualified-name",
    text: service("ports: [{ port: 80, appProtocol: «a b }]"),
  },
  {
    rule: "service-qualified-name",
    text: service("type: LoadBalancer\nloadBalancerClass: «-a\nports: [{ port: 80 }]"),
  },
  {
    rule: "service-cluster-refuses",
    text: service("«clusterIPs: [10.96.0.7]\nports: [{ port: 80 }]"),
  },
  {
    rule: "service-cluster-refuses",
    text: service("«ipFamilies: [IPv4, IPv6]\nports: [{ port: 80 }]"),
  },
  {
    rule: "service-cluster-refuses",
    text: service("externalIPs: [«127.0.0.1]\nports: [{ port: 80 }]"),
  },
  {
    rule: "service-type-field",
    text: service("«externalTrafficPolicy: Local\nports: [{ port: 80 }]"),
  },
  { rule: "service-type-field", text: service("«loadBalancerClass: a/b\nports: [{ port: 80 }]") },
  { rule: "service-address", text: service("externalIPs: [«here]\nports: [{ port: 80 }]") },
  {
    rule: "service-address",
    text: service(
      "type: LoadBalancer\nloadBalancerSourceRanges: [«10.0.0.0/33]\nports: [{ port: 80 }]",
    ),
  },
  {
    rule: "service-ip-families",
    text: service("ipFamilies: «[IPv4, IPv4]\nports: [{ port: 80 }]"),
  },
  {
    rule: "service-traffic-distribution",
    text: service("trafficDistribution: «Near\nports: [{ port: 80 }]"),
  },
  { rule: "service-sctp", text: service("ports: [{ port: 80, protocol: «SCTP }]") },
  {
    rule: "service-annotation",
    text: "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  annotations: { «kubelane.dev/session-afinity: cookie }\nspec: { ports: [{ port: 80 }] }\n",
  },
  {
    rule: "ingress-annotation",
    text: "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\n  annotations: { «nginx.ingress.kubernetes.io/auth-url: 'https://login.example' }\nspec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }\n",
  },

  // Endpoints
  {
    rule: "endpoint-address",
    text: slice("addressType: IPv4\nendpoints: [{ addresses: [«'::1'] }]\n"),
  },
  {
    rule: "endpoint-address",
    text: object("Endpoints", "subsets: [{ addresses: [{ ip: «here }] }]\n"),
  },
  {
    rule: "endpoint-port",
    text: slice(
      "addressType: IPv4\nendpoints: []\nports: [{ name: a, port: 1 }, { name: «a, port: 2 }]\n",
    ),
  },
  {
    rule: "endpoint-port",
    text: object(
      "Endpoints",
      "subsets: [{ addresses: [{ ip: 10.0.0.1 }], ports: [{ port: «0 }] }]\n",
    ),
  },
  {
    rule: "endpoint-address-special",
    text: slice("addressType: IPv4\nendpoints: [{ addresses: [«127.0.0.1] }]\n"),
  },
  {
    rule: "endpoint-address-special",
    text: object("Endpoints", "subsets: [{ addresses: [{ ip: «169.254.0.1 }] }]\n"),
  },
  {
    rule: "endpoint-slice-service",
    text: slice("addressType: IPv4\nendpoints: []\n", "").replace("metadata:", "«metadata:"),
  },

  // Other kinds
  { rule: "conversion-webhook", text: definition("{ strategy: «Webhook }") },
  {
    rule: "conversion-webhook",
    text: definition("\n    strategy: «Webhook\n    webhook: { conversionReviewVersions: [v1] }"),
  },
  { rule: "network-policy-peer", text: policy("ingress: [{ from: [«{}] }]") },
  {
    rule: "network-policy-peer",
    text: policy("egress: [{ to: [«{ podSelector: {}, ipBlock: { cidr: 10.0.0.0/8 } }] }]"),
  },
  {
    rule: "network-policy-peer",
    text: policy("egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8, except: [«10.0.0.1] } }] }]"),
  },
  { rule: "network-policy-port", text: policy("ingress: [{ ports: [{ port: «0 }] }]") },
  {
    rule: "network-policy-port",
    text: policy("ingress: [{ ports: [{ port: 80, endPort: «79 }] }]"),
  },
  {
    rule: "disruption-budget",
    text: object(
      "PodDisruptionBudget",
      "spec: { selector: {}, minAvailable: 1, «maxUnavailable: 1 }\n",
      "policy/v1",
    ),
  },
  {
    rule: "disruption-budget",
    text: object(
      "PodDisruptionBudget",
      "spec: { selector: {}, minAvailable: «half }\n",
      "policy/v1",
    ),
  },
  { rule: "ingress-rules", text: object("Ingress", "«spec: {}\n", "networking.k8s.io/v1") },
  {
    rule: "ingress-host",
    text: ingress("host: «10.0.0.1", "path: /, pathType: Prefix", "{ number: 80 }"),
  },
  {
    rule: "ingress-host",
    text: ingress("host: «'*.*.example.com'", "path: /, pathType: Prefix", "{ number: 80 }"),
  },
  {
    rule: "ingress-path",
    text: ingress("host: a", "path: «web, pathType: Prefix", "{ number: 80 }"),
  },
  {
    rule: "ingress-backend",
    text: ingress("host: a", "path: /, pathType: Prefix", "«{ number: 80, name: http }"),
  },
  {
    rule: "volume-access-modes",
    text: claim("accessModes: «[]\n  resources: { requests: { storage: 1Gi } }"),
  },
  {
    rule: "volume-access-modes",
    text: object(
      "PersistentVolume",
      "spec: { hostPath: { path: /a }, capacity: { storage: 1Gi }, accessModes: «[ReadWriteOncePod, ReadWriteOnce] }\n",
    ),
  },
  {
    rule: "volume-size",
    text: claim("accessModes: [ReadWriteOnce]\n  resources: { requests: { storage: «0 } }"),
  },
  {
    rule: "volume-size",
    text: object(
      "PersistentVolume",
      "spec: { hostPath: { path: /a }, capacity: { storage: «0 }, accessModes: [ReadWriteOnce] }\n",
    ),
  },
  {
    rule: "selector-invalid",
    text: pod(
      "containers: [{ name: a, image: a }]\naffinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: cpus, operator: Gt, values: [«many] }] }] } } }",
    ),
  },
];

/** Nine levels of nine aliases each: half a billion words. */
function aliasBomb(): string {
  const levels = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 9; i++) {
    const mark = i === 3 ? "«" : "";
    const aliases = Array.from({ length: 9 }, (_, j) => `${j === 4 ? mark : ""}*l${i - 1}`);
    levels.push(`l${i}: &l${i} [${aliases.join(", ")}]`);
  }
  return object("ConfigMap", `data:\n${levels.map((line) => `  ${line}\n`).join("")}`);
}
