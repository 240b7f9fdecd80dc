import { ROUTE_FAULTS } from "./route-faults.ts";

/**
 * A planted fault: manifests that break one rule and no other. `«` stands where the finding has to point;
 * it is taken out before the text is read.
 */
export interface Fault {
  readonly rule: string;
  readonly text: string;
}

const documents = (...texts: readonly string[]): string => texts.join("---\n");

const object = (kind: string, name: string, rest: string, apiVersion = "v1"): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${rest}`;

const service = (spec: string, name = "web"): string =>
  object("Service", name, `spec:\n${spec.replace(/^(?=.)/gm, "  ")}\n`);

interface Workload {
  readonly kind?: string;
  readonly name?: string;
  readonly labels?: string;
  readonly selector?: string;
  /** Below spec. */
  readonly spec?: string;
  /** Of the template's pod. */
  readonly pod?: string;
  readonly annotations?: string;
  readonly container?: string;
}

function workload({
  kind = "Deployment",
  name = "web",
  labels = "app: web",
  selector = `matchLabels: { ${labels} }`,
  spec = "",
  pod = "",
  annotations = "",
  container = "ports: [{ name: http, containerPort: 8080 }]",
}: Workload = {}): string {
  return object(
    kind,
    name,
    `spec:
${spec.replace(/^(?=.)/gm, "  ")}  selector:
    ${selector.replace(/\n/g, "\n    ")}
  template:
    metadata:
      labels: { ${labels} }
${annotations}    spec:
${pod.replace(/^(?=.)/gm, "      ")}      containers:
        - name: main
          image: web:1
          ${container.replace(/\n/g, "\n          ")}
`,
    "apps/v1",
  );
}

const pod = (name: string, metadata: string, spec = ""): string =>
  object("Pod", name, `${metadata}spec:\n${spec}  containers: [{ name: main, image: web:1 }]\n`);

const budget = (name: string, selector: string): string =>
  object(
    "PodDisruptionBudget",
    name,
    `spec:\n  minAvailable: 1\n  ${selector}: { matchLabels: { app: web } }\n`,
    "policy/v1",
  );

const policy = (selector: string): string =>
  object("NetworkPolicy", "web", `spec:\n  «podSelector: ${selector}\n`, "networking.k8s.io/v1");

const ingress = (name: string, port: string): string =>
  object(
    "Ingress",
    "web",
    `spec:
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${name}
                port: { ${port} }
`,
    "networking.k8s.io/v1",
  );

const autoscaler = (kind: string, name: string): string =>
  object(
    "HorizontalPodAutoscaler",
    "web",
    `spec:\n  maxReplicas: 3\n  scaleTargetRef: { apiVersion: apps/v1, kind: ${kind}, name: «${name} }\n`,
    "autoscaling/v2",
  );

const slice = (label: string): string =>
  `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: web-1\n  labels: { ${label} }\n` +
  "addressType: IPv4\nports: [{ port: 80 }]\nendpoints: [{ addresses: [10.0.0.1] }]\n";

const headless = service(
  "clusterIP: None\nselector: { app: web }\nports: [{ port: 80, targetPort: 8080 }]",
);
const configMap = (metadata: string): string => object("ConfigMap", "settings", metadata);

const term = (kind: string, selector: string): string =>
  `affinity:\n  ${kind}:\n    requiredDuringSchedulingIgnoredDuringExecution:\n` +
  `      - topologyKey: kubernetes.io/hostname\n        «labelSelector: ${selector}\n`;

const spread = (selector: string): string =>
  `topologySpreadConstraints:\n  - maxSkew: 1\n    topologyKey: zone\n` +
  `    whenUnsatisfiable: DoNotSchedule\n    «labelSelector: ${selector}\n`;

const probe = (name: string, ports: string): string =>
  `- name: ${name}\n  image: ${name}:1\n  ports: [${ports}]`;

const containers = (...list: readonly string[]): string =>
  object("Pod", "web-0", `spec:\n  containers:\n${list.join("\n").replace(/^(?=.)/gm, "    ")}\n`);

const binding = (kind: string, name: string, subjects: string, namespace = "") =>
  object(
    "RoleBinding",
    "read",
    `${namespace}roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: ${name} }\n${subjects}`,
    "rbac.authorization.k8s.io/v1",
  );
const role = (kind: string, name: string) =>
  object(kind, name, "rules: []\n", "rbac.authorization.k8s.io/v1");

const monitor = (kind: string, spec: string): string =>
  object(kind, "web", `spec:\n${spec.replace(/^(?=.)/gm, "  ")}\n`, "monitoring.coreos.com/v1");

const labelledService = (name: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, labels: { app: web } }\n` +
  "spec: { ports: [{ name: http, port: 80 }] }\n";

/** Two of each rule about objects seen together. */
export const SET_FAULTS: readonly Fault[] = [
  {
    rule: "service-no-match",
    text: documents(
      workload(),
      service("«selector: { app: wbe }\nports: [{ port: 80, targetPort: 8080 }]"),
    ),
  },
  {
    rule: "service-no-match",
    text: documents(
      workload({ labels: "app: web, tier: api" }),
      service("«selector:\n  app: web\n  tier: backend\nports: [{ port: 80, targetPort: 8080 }]"),
    ),
  },
  {
    rule: "service-target-port-name",
    text: documents(
      workload(),
      service("selector: { app: web }\nports: [{ port: 80, targetPort: «htpp }]"),
    ),
  },
  {
    rule: "service-target-port-name",
    text: documents(
      workload({ container: "ports: [{ name: dns, containerPort: 53, protocol: UDP }]" }),
      service("selector: { app: web }\nports:\n  - port: 53\n    targetPort: «dns"),
    ),
  },
  {
    rule: "service-target-port-number",
    text: documents(
      workload(),
      service("selector: { app: web }\nports: [{ port: 80, targetPort: «8081 }]"),
    ),
  },
  {
    rule: "service-target-port-number",
    text: documents(workload(), service("selector: { app: web }\nports:\n  - port: «80")),
  },
  {
    rule: "service-target-protocol",
    text: documents(
      workload(),
      service("selector: { app: web }\nports: [{ port: 80, targetPort: 8080, protocol: «UDP }]"),
    ),
  },
  {
    rule: "service-target-protocol",
    text: documents(
      workload({ container: "ports: [{ containerPort: 53, protocol: UDP }]" }),
      service("selector: { app: web }\nports: [{ port: «53 }]"),
    ),
  },
  {
    rule: "node-port-taken",
    text: documents(
      service("type: NodePort\nports: [{ port: 80, nodePort: 30080 }]"),
      service("type: NodePort\nports: [{ port: 80, nodePort: «30080 }]", "api"),
    ),
  },
  {
    rule: "node-port-taken",
    text: documents(
      service("type: NodePort\nports: [{ port: 80, nodePort: 30080 }]"),
      service(
        "type: LoadBalancer\nports: [{ name: a, port: 81 }, { name: b, port: 80, nodePort: «30080 }]",
        "api",
      ),
    ),
  },
  {
    // A number belongs to one Service, whatever the protocol.
    rule: "node-port-taken",
    text: documents(
      service("type: NodePort\nports: [{ port: 53, nodePort: 30053, protocol: UDP }]"),
      service("type: NodePort\nports: [{ port: 53, nodePort: «30053 }]", "api"),
    ),
  },
  {
    rule: "cluster-ip-taken",
    text: documents(
      service("clusterIP: 10.96.0.20\nports: [{ port: 80 }]"),
      service("clusterIP: «10.96.0.20\nports: [{ port: 80 }]", "api"),
    ),
  },
  {
    rule: "cluster-ip-taken",
    text: documents(
      service("clusterIP: 10.96.0.20\nports: [{ port: 80 }]"),
      service("clusterIP: 10.96.0.20\nclusterIPs: [«10.96.0.20]\nports: [{ port: 80 }]", "api"),
    ),
  },
  {
    rule: "service-affinity-headless",
    text: service("clusterIP: None\nsessionAffinity: «ClientIP\nports: [{ port: 80 }]"),
  },
  {
    rule: "service-affinity-headless",
    text: service(
      "clusterIP: None\nsessionAffinity: «ClientIP\nsessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } }",
    ),
  },
  {
    rule: "external-name-missing",
    text: documents(
      service("ports: [{ port: 80 }]"),
      service("type: ExternalName\nexternalName: «wbe.default.svc.cluster.local", "alias"),
    ),
  },
  {
    rule: "external-name-missing",
    text: documents(
      service("ports: [{ port: 80 }]"),
      service("type: ExternalName\nexternalName: «api.default.svc", "alias"),
    ),
  },
  {
    rule: "selector-generated-label",
    text: documents(
      workload({ labels: "app: web, pod-template-hash: abc" }),
      service(
        "selector: { app: web, «pod-template-hash: abc }\nports: [{ port: 80, targetPort: 8080 }]",
      ),
    ),
  },
  {
    rule: "selector-generated-label",
    text: documents(
      pod("web-0", "  labels: { app: web, controller-revision-hash: web-1 }\n"),
      service("selector:\n  app: web\n  «controller-revision-hash: web-1\nports: [{ port: 80 }]"),
    ),
  },
  {
    rule: "workload-overlap",
    text: documents(workload(), workload({ name: "api" }).replace("  selector:", "  «selector:")),
  },
  {
    rule: "workload-overlap",
    text: documents(
      workload({ labels: "app: web, tier: front" }),
      workload({
        kind: "DaemonSet",
        name: "agent",
        labels: "app: agent",
        selector: "matchExpressions: [{ key: app, operator: In, values: [agent, web] }]",
      }).replace("  selector:", "  «selector:"),
    ),
  },
  {
    rule: "pod-adopted",
    text: documents(workload(), pod("debug", "  «labels: { app: web }\n")),
  },
  {
    rule: "pod-adopted",
    text: documents(
      pod("debug", "  «labels:\n    app: web\n    mine: yes-please\n"),
      workload({ kind: "ReplicaSet" }),
    ),
  },
  {
    rule: "stateful-set-service",
    text: documents(headless, workload({ kind: "StatefulSet", spec: "serviceName: «wbe\n" })),
  },
  {
    rule: "stateful-set-service",
    text: documents(
      service("selector: { app: web }\nports: [{ port: 80, targetPort: 8080 }]"),
      workload({ kind: "StatefulSet", spec: "serviceName: «web\n" }),
    ),
  },
  {
    rule: "stateful-set-service",
    text: documents(workload({ kind: "StatefulSet" }).replace("spec:", "«spec:")),
  },
  {
    rule: "stateful-set-service",
    text: documents(
      service(
        "clusterIP: None\nselector: { app: api }\nports: [{ port: 80, targetPort: 8080 }]",
        "api",
      ),
      workload({ name: "api", labels: "app: api" }),
      workload({ kind: "StatefulSet", spec: "serviceName: «api\n" }),
    ),
  },
  {
    rule: "pod-subdomain",
    text: documents(headless, pod("web-0", "  labels: { app: web }\n", "  subdomain: «wbe\n")),
  },
  {
    rule: "pod-subdomain",
    text: documents(
      service("selector: { app: web }\nports: [{ port: 80, targetPort: 8080 }]"),
      workload({ pod: "subdomain: «web\n" }),
    ),
  },
  {
    rule: "probe-port-name",
    text: workload({
      container:
        "ports: [{ name: http, containerPort: 8080 }]\nreadinessProbe: { httpGet: { port: «htpp } }",
    }),
  },
  {
    rule: "probe-port-name",
    text: workload({ container: "livenessProbe:\n  tcpSocket:\n    port: «http" }),
  },
  {
    rule: "probe-port-number",
    text: workload({
      container:
        "ports: [{ name: http, containerPort: 8080 }]\nreadinessProbe: { httpGet: { port: «8081 } }",
    }),
  },
  {
    rule: "probe-port-number",
    text: workload({
      container: "ports: [{ containerPort: 8080 }]\nlivenessProbe:\n  grpc:\n    port: «9090",
    }),
  },
  {
    rule: "container-port-duplicate",
    text: containers(
      probe("a", "{ name: http, containerPort: 80 }"),
      probe("b", "{ name: «http, containerPort: 81 }"),
    ),
  },
  {
    rule: "container-port-duplicate",
    text: containers(probe("a", "{ containerPort: 80 }"), probe("b", "{ containerPort: «80 }")),
  },
  {
    rule: "env-duplicate",
    text: workload({ container: "env: [{ name: A, value: a }, { name: «A, value: b }]" }),
  },
  {
    rule: "env-duplicate",
    text: workload({
      kind: "DaemonSet",
      container:
        "env:\n  - { name: A, value: a }\n  - name: «A\n    valueFrom: { fieldRef: { fieldPath: status.podIP } }",
    }),
  },
  {
    rule: "pod-config-map",
    text: documents(
      configMap(""),
      workload({ container: "envFrom: [{ configMapRef: { name: «setings } }]" }),
    ),
  },
  {
    rule: "pod-config-map",
    text: documents(
      configMap(""),
      workload({ pod: "volumes: [{ name: a, configMap: { name: «other } }]\n" }),
    ),
  },
  {
    rule: "pod-secret",
    text: documents(
      object("Secret", "login", ""),
      workload({
        container:
          "env: [{ name: A, valueFrom: { secretKeyRef: { name: «logn, key: password } } }]",
      }),
    ),
  },
  {
    rule: "pod-secret",
    text: documents(
      object("Secret", "login", ""),
      workload({
        pod: "volumes:\n  - name: a\n    projected: { sources: [{ secret: { name: «logins } }] }\n",
      }),
    ),
  },
  {
    rule: "pod-claim",
    text: documents(
      object(
        "PersistentVolumeClaim",
        "data",
        "spec:\n  accessModes: [ReadWriteOnce]\n  resources: { requests: { storage: 1Gi } }\n",
      ),
      workload({
        pod: "volumes: [{ name: a, persistentVolumeClaim: { claimName: «dta } }]\n",
      }),
    ),
  },
  {
    rule: "pod-claim",
    text: documents(
      object(
        "PersistentVolumeClaim",
        "data",
        "spec:\n  accessModes: [ReadWriteOnce]\n  resources: { requests: { storage: 1Gi } }\n",
      ),
      pod(
        "web-0",
        "",
        "  volumes: [{ name: a, persistentVolumeClaim: { claimName: «database } }]\n",
      ),
    ),
  },
  {
    rule: "pod-key",
    text: documents(
      configMap("data: { level: info }\n"),
      workload({
        container:
          "env: [{ name: A, valueFrom: { configMapKeyRef: { name: settings, key: «levle } } }]",
      }),
    ),
  },
  {
    rule: "pod-key",
    text: documents(
      object("Secret", "login", "stringData: { user: me }\n"),
      workload({
        pod: "volumes:\n  - name: a\n    secret:\n      secretName: login\n      items: [{ key: «password, path: p }]\n",
      }),
    ),
  },
  {
    rule: "pod-service-account",
    text: documents(
      object("ServiceAccount", "web", ""),
      workload({ pod: "serviceAccountName: «wbe\n" }),
    ),
  },
  { rule: "pod-service-account", text: pod("web-0", "", "  serviceAccount: «web\n") },
  {
    rule: "selector-version",
    text: workload({ labels: "app: web, app.kubernetes.io/version: v1" }).replace(
      "app.kubernetes.io",
      "«app.kubernetes.io",
    ),
  },
  {
    rule: "selector-version",
    text: workload({ labels: "app: web, helm.sh/chart: web-1.0.0" }).replace("helm.sh", "«helm.sh"),
  },
  {
    rule: "affinity-no-match",
    text: workload({ pod: term("podAffinity", "{ matchLabels: { app: db } }") }),
  },
  {
    rule: "affinity-no-match",
    text: documents(
      workload({ name: "db", labels: "app: db" }),
      workload({
        kind: "StatefulSet",
        spec: "serviceName: web\n",
        pod: term(
          "podAffinity",
          "{ matchExpressions: [{ key: app, operator: In, values: [bd] }] }",
        ),
      }),
      headless,
    ),
  },
  { rule: "spread-own-pods", text: workload({ pod: spread("{ matchLabels: { app: wbe } }") }) },
  {
    rule: "spread-own-pods",
    text: workload({
      kind: "DaemonSet",
      pod: spread("{ matchExpressions: [{ key: tier, operator: Exists }] }"),
    }),
  },
  {
    rule: "network-policy-no-match",
    text: documents(workload(), policy("{ matchLabels: { app: wbe } }")),
  },
  {
    rule: "network-policy-no-match",
    text: documents(
      workload(),
      policy("{ matchExpressions: [{ key: app, operator: NotIn, values: [web] }] }"),
    ),
  },
  {
    rule: "network-policy-peer-no-match",
    text: documents(
      workload(),
      object(
        "NetworkPolicy",
        "web",
        "spec:\n  podSelector: {}\n  ingress: [{ from: [{ «podSelector: { matchLabels: { app: wbe } } }] }]\n",
        "networking.k8s.io/v1",
      ),
    ),
  },
  {
    rule: "network-policy-peer-no-match",
    text: documents(
      workload(),
      object(
        "NetworkPolicy",
        "web",
        "spec:\n  podSelector: { matchLabels: { app: web } }\n  egress:\n    - to:\n        - «podSelector: { matchLabels: { app: db } }\n",
        "networking.k8s.io/v1",
      ),
    ),
  },
  {
    rule: "disruption-budget-blocks",
    text: documents(
      workload(),
      budget("web", "selector").replace("minAvailable: 1", "minAvailable: «1"),
    ),
  },
  {
    rule: "disruption-budget-blocks",
    text: documents(
      workload({ spec: "replicas: 3\n" }),
      budget("web", "selector").replace("minAvailable: 1", "maxUnavailable: «0%"),
    ),
  },
  {
    rule: "role-binding-role",
    text: documents(role("Role", "reader"), binding("Role", "«raeder", "")),
  },
  {
    rule: "role-binding-role",
    text: documents(role("ClusterRole", "reader"), binding("ClusterRole", "«readr", "")),
  },
  {
    rule: "role-binding-subject",
    text: documents(
      object("ServiceAccount", "web", ""),
      binding("ClusterRole", "view", "subjects: [{ kind: ServiceAccount, name: «wbe }]\n"),
    ),
  },
  {
    rule: "role-binding-subject",
    text: documents(
      object("ServiceAccount", "web", "  namespace: shop\n"),
      binding(
        "ClusterRole",
        "view",
        "subjects:\n  - kind: ServiceAccount\n    name: web\n    namespace: «shpo\n",
      ),
    ),
  },
  {
    rule: "monitor-no-match",
    text: documents(
      labelledService("web"),
      monitor(
        "ServiceMonitor",
        "«selector: { matchLabels: { app: wbe } }\nendpoints: [{ port: http }]",
      ),
    ),
  },
  {
    rule: "monitor-no-match",
    text: documents(
      workload(),
      monitor("PodMonitor", "«selector: { matchLabels: { app: api } }\npodMetricsEndpoints: []"),
    ),
  },
  {
    rule: "monitor-port",
    text: documents(
      labelledService("web"),
      monitor(
        "ServiceMonitor",
        "selector: { matchLabels: { app: web } }\nendpoints: [{ port: «htpp }]",
      ),
    ),
  },
  {
    rule: "monitor-port",
    text: documents(
      workload(),
      monitor(
        "PodMonitor",
        "namespaceSelector: { any: true }\nselector: { matchLabels: { app: web } }\npodMetricsEndpoints:\n  - port: «metrics",
      ),
    ),
  },
  {
    rule: "disruption-budget-no-match",
    text: documents(workload({ labels: "app: api" }), budget("web", "«selector")),
  },
  { rule: "disruption-budget-no-match", text: budget("web", "«selector") },
  {
    rule: "disruption-budget-overlap",
    text: documents(
      workload({ spec: "replicas: 2\n" }),
      budget("one", "selector"),
      budget("two", "«selector"),
    ),
  },
  {
    rule: "disruption-budget-overlap",
    text: documents(
      workload({ labels: "app: web, tier: front", spec: "replicas: 2\n" }),
      object(
        "PodDisruptionBudget",
        "all",
        "spec:\n  maxUnavailable: 1\n  selector: { matchExpressions: [{ key: tier, operator: Exists }] }\n",
        "policy/v1",
      ),
      budget("web", "«selector"),
    ),
  },
  {
    rule: "namespace-unknown",
    text: documents(object("Namespace", "shop", ""), configMap("  namespace: «shpo\n")),
  },
  {
    rule: "namespace-unknown",
    text: documents(configMap("  namespace: «elsewhere\n"), object("Namespace", "shop", "")),
  },
  {
    rule: "ingress-service",
    text: documents(service("ports: [{ port: 80 }]"), ingress("«wbe", "number: 80")),
  },
  {
    rule: "ingress-service",
    text: object(
      "Ingress",
      "web",
      "spec:\n  defaultBackend: { service: { name: «web, port: { number: 80 } } }\n",
      "networking.k8s.io/v1",
    ),
  },
  {
    rule: "ingress-service-port",
    text: documents(service("ports: [{ port: 80 }]"), ingress("web", "number: «8080")),
  },
  {
    rule: "ingress-service-port",
    text: documents(service("ports: [{ name: http, port: 80 }]"), ingress("web", "name: «htpp")),
  },
  { rule: "autoscaler-target", text: documents(workload(), autoscaler("Deployment", "wbe")) },
  { rule: "autoscaler-target", text: documents(workload(), autoscaler("StatefulSet", "web")) },
  {
    rule: "endpoint-slice-orphan",
    text: documents(service("ports: [{ port: 80 }]"), slice("kubernetes.io/service-name: «wbe")),
  },
  { rule: "endpoint-slice-orphan", text: slice("kubernetes.io/service-name: «web") },
  {
    rule: "deprecated-annotation",
    text: object(
      "Service",
      "web",
      "  annotations:\n    «service.alpha.kubernetes.io/tolerate-unready-endpoints: 'true'\nspec: { ports: [{ port: 80 }] }\n",
    ),
  },
  {
    rule: "deprecated-annotation",
    text: workload({
      annotations:
        "      annotations: { «container.apparmor.security.beta.kubernetes.io/main: runtime/default }\n",
    }),
  },
  {
    rule: "deprecated-node-label",
    text: workload({ pod: "nodeSelector:\n  «beta.kubernetes.io/os: linux\n" }),
  },
  {
    rule: "deprecated-node-label",
    text: workload({
      pod:
        "affinity:\n  nodeAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n      nodeSelectorTerms:\n" +
        "        - matchExpressions:\n            - key: «failure-domain.beta.kubernetes.io/zone\n" +
        "              operator: Exists\n",
    }),
  },
  {
    rule: "ignore-unknown",
    text: object("ConfigMap", "settings", "data:\n  a: b «# kubelane-ignore servce-no-match\n"),
  },
  { rule: "ignore-unknown", text: `«# kubelane-ignore nothing-like-it\n${configMap("")}` },
  {
    rule: "ignore-unused",
    text: object("ConfigMap", "settings", "data:\n  «# kubelane-ignore\n  a: b\n"),
  },
  {
    rule: "ignore-unused",
    text: documents(workload(), `«# kubelane-ignore workload-overlap\n${configMap("")}`),
  },
  ...ROUTE_FAULTS,
];
