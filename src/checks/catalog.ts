import type { Severity } from "../diagnostics/diagnostic.ts";

/** What there is to know of a rule before it finds something. */
export interface RuleInfo {
  readonly id: string;
  readonly severity: Severity;
  /** The heading that the rule stands below. */
  readonly about: string;
  /** What is found, after "says": markdown in one line. */
  readonly finds: string;
  /** What comes of it. */
  readonly why?: string;
  /** Whether `--fix` can put some cases right. */
  readonly fixable: boolean;
}

/** Rules of which some cases have one certain remedy. */
const FIXABLE: ReadonlySet<string> = new Set([
  "api-removed",
  "deprecated-node-label",
  "field-type",
  "kind-group",
  "label-value",
  "service-cluster-ip",
  "service-target-port",
]);

function rule(
  id: string,
  severity: Severity,
  about: string,
  finds: string,
  why?: string,
): RuleInfo {
  const fixable = FIXABLE.has(id);
  return { id, severity, about, finds, fixable, ...(why === undefined ? {} : { why }) };
}

/** Every rule that a finding can have, in the order of the documentation. */
export const RULES: readonly RuleInfo[] = [
  // Texts and files
  rule("yaml-syntax", "error", "Texts and files", "the document is no YAML"),
  rule("yaml-alias", "error", "Texts and files", "an alias without its anchor"),
  rule("yaml-alias-bomb", "error", "Texts and files", "aliases that stand for too many values"),
  rule("yaml-key", "error", "Texts and files", "a key that is a mapping, a list or nothing"),
  rule("yaml-merge", "error", "Texts and files", "`<<` with something that is no mapping"),
  rule("yaml-number", "error", "Texts and files", "`.inf` or `.nan`, which JSON does not have"),
  rule("yaml-tag", "error", "Texts and files", "a value that does not go with its `!!tag`"),
  rule("too-deep", "error", "Texts and files", "nested more than 200 levels deep"),
  rule("too-large", "error", "Texts and files", "a text of more than 256 MB"),
  rule(
    "not-text",
    "error",
    "Texts and files",
    "control characters, or bytes that are neither UTF-8 nor marked UTF-16",
  ),
  rule(
    "duplicate-key",
    "warning",
    "Texts and files",
    "a key twice in one mapping (the last one counts)",
  ),
  rule(
    "json-syntax",
    "warning",
    "Texts and files",
    "begins with `{` and is no JSON (read as YAML, which kubectl would not do)",
  ),
  rule("not-an-object", "error", "Texts and files", "a document that is no mapping"),
  rule(
    "more-findings",
    "info",
    "Texts and files",
    "an object with more than 100 findings (the rest is not listed)",
  ),
  rule(
    "duplicate-object",
    "error",
    "Texts and files",
    "two objects of one kind, namespace and name; the first one counts",
  ),
  rule("file-unreadable", "error", "Texts and files", "a file or folder that can't be read"),
  rule("no-manifests", "warning", "Texts and files", "an empty folder, or a glob without a match"),
  rule("helm-chart", "warning", "Texts and files", "a folder with a `Chart.yaml`"),
  // Every object
  rule("api-version-required", "error", "Every object", "no `apiVersion`"),
  rule(
    "api-version-format",
    "error",
    "Every object",
    "an `apiVersion` that is neither `version` nor `group/version`",
  ),
  rule("api-removed", "warning", "Every object", "a version that clusters no longer serve"),
  rule("kind-required", "error", "Every object", "no `kind`"),
  rule(
    "kind-group",
    "error",
    "Every object",
    "a kind that its group does not have, or a misspelt one",
  ),
  rule("name-required", "error", "Every object", "no `metadata.name`"),
  rule("name-format", "error", "Every object", "a name that is not valid for its kind"),
  rule("namespace-format", "error", "Every object", "a namespace that is no DNS label"),
  rule("namespace-ignored", "warning", "Every object", "a namespace on a kind that has none"),
  rule("namespace-reserved", "warning", "Every object", "a Namespace named `kube-…`"),
  rule("field-type", "error", "Every object", "a value of the wrong type"),
  rule("field-required", "error", "Every object", "a required field is missing"),
  rule(
    "field-value",
    "error",
    "Every object",
    "a number out of range, or a word that is not one of the possible ones",
  ),
  rule(
    "field-immutable",
    "warning",
    "Every object",
    "a change, while files are watched, that a cluster refuses (here the object is replaced)",
  ),
  rule("unknown-field", "warning", "Every object", "a field that the API does not have"),
  rule("label-misplaced", "warning", "Every object", "a label directly under `metadata`"),
  rule("label-key", "error", "Every object", "a label key that breaks the rules"),
  rule(
    "label-value",
    "error",
    "Every object",
    "a label value that breaks the rules, `stable,` for instance",
  ),
  rule("annotation-key", "error", "Every object", "an annotation key that breaks the rules"),
  rule("annotation-size", "error", "Every object", "more than 256 KiB of annotations"),
  rule(
    "selector-invalid",
    "error",
    "Every object",
    "a selector, anywhere in an object, that can't be read",
  ),
  // Services
  rule(
    "service-name-digit",
    "warning",
    "Services",
    "a name that starts with a digit, which clusters before 1.36 refuse",
  ),
  rule(
    "service-ports-required",
    "error",
    "Services",
    "no port, and neither headless nor ExternalName",
  ),
  rule("service-port-range", "error", "Services", "a port outside 1 to 65535"),
  rule(
    "service-port-name",
    "error",
    "Services",
    "a name that is missing among several ports, taken, or no DNS label",
  ),
  rule("service-port-duplicate", "error", "Services", "port and protocol taken by another port"),
  rule(
    "service-target-port",
    "error",
    "Services",
    "a `targetPort` that is no port name, such as a number in quotes",
  ),
  rule(
    "service-node-port",
    "error",
    "Services",
    "a `nodePort` on another type, outside 30000 to 32767, or twice",
  ),
  rule(
    "service-cluster-ip",
    "error",
    "Services",
    "a ClusterIP that is no address or does not go with the type",
  ),
  rule(
    "service-external-name",
    "error",
    "Services",
    "no `externalName`, or one that is no DNS name",
  ),
  rule("service-affinity-timeout", "error", "Services", "a timeout outside 1 to 86400 seconds"),
  rule(
    "service-type-field",
    "error",
    "Services",
    "a field that belongs to another type of Service",
  ),
  rule("service-address", "error", "Services", "an external address or source range that is none"),
  rule("service-ip-families", "error", "Services", "IP families that don't go together"),
  rule("service-traffic-distribution", "error", "Services", "an unknown `trafficDistribution`"),
  rule("service-sctp", "warning", "Services", "SCTP: in DNS, but not relayed"),
  rule(
    "service-no-match",
    "warning",
    "Services",
    "a selector that no pod has",
    "Without endpoints every connection is refused. The nearest pods are named, and what tells them apart.",
  ),
  rule(
    "service-target-port-name",
    "error",
    "Services",
    "a `targetPort` that no container of the selected pods names",
    "The port gets no endpoints, whatever the pods do.",
  ),
  rule(
    "service-target-port-number",
    "warning",
    "Services",
    "a `targetPort` that the selected pods do not declare, though they declare others",
    "Container ports need no declaration, so this may work; mostly it is a slip.",
  ),
  rule(
    "service-target-protocol",
    "warning",
    "Services",
    "a port of one protocol that leads to a container port of another",
    "UDP sent to a TCP port is lost.",
  ),
  rule(
    "node-port-taken",
    "error",
    "Services",
    "a `nodePort` that another Service has",
    "A cluster refuses the second one.",
  ),
  rule(
    "cluster-ip-taken",
    "error",
    "Services",
    "a `clusterIP` that another Service has",
    "A cluster refuses the second one.",
  ),
  rule(
    "cluster-ip-invalid",
    "error",
    "Services",
    "a `clusterIP` that is no address, of an object that was not checked before",
    "The Service has none.",
  ),
  rule(
    "cluster-ip-outside",
    "error",
    "Services",
    "a `clusterIP` outside the range of services and every ServiceCIDR",
    "A cluster with these ranges refuses the Service. Here it has no ClusterIP.",
  ),
  rule(
    "cluster-ip-reserved",
    "error",
    "Services",
    "a `clusterIP` that is the network or broadcast address of its range",
    "A cluster refuses the Service. Here it has no ClusterIP.",
  ),
  rule(
    "cluster-ip-range",
    "error",
    "Services",
    "no free ClusterIP of a family, or no range of it",
    "The Service is without an address of that family until one becomes free.",
  ),
  rule(
    "node-port-outside",
    "error",
    "Services",
    "a `nodePort` outside the range of node ports that this engine has",
    "A cluster with this range refuses the Service. Here the port has none.",
  ),
  rule(
    "node-port-range",
    "error",
    "Services",
    "no free node port",
    "The port is without one until one becomes free.",
  ),
  rule(
    "service-cidr",
    "error",
    "Services",
    "a ServiceCIDR without ranges, with two of one family, or with one that is none",
  ),
  rule(
    "service-cidr-in-use",
    "warning",
    "Services",
    "a ServiceCIDR that goes while a Service has an address of it",
    "A cluster waits with the deletion until the address is free. Here the Service keeps it until the engine ends.",
  ),
  rule(
    "load-balancer-address",
    "warning",
    "Services",
    "a load balancer that gets no address, or not the one it asks for",
    "The Service is reached by its ClusterIP and node ports only.",
  ),
  rule(
    "topology-hints",
    "warning",
    "Services",
    "`topology-mode: Auto` where endpoints can't be allocated to zones in proportion",
    "Hints need two zones of ready nodes that say their CPU, and enough ready endpoints for each. Without hints all endpoints are used alike.",
  ),
  rule(
    "service-affinity-headless",
    "warning",
    "Services",
    "session affinity on a headless Service",
    "Clients of a headless Service choose a pod by themselves.",
  ),
  rule(
    "external-name-missing",
    "warning",
    "Services",
    "an `externalName` that means a Service which is not there",
    "The CNAME leads to NXDOMAIN.",
  ),
  rule(
    "selector-generated-label",
    "warning",
    "Services",
    "a selector with a label that a controller makes anew at each rollout",
    "The Service loses its pods with the next rollout.",
  ),
  // Pods and workloads
  rule("containers-required", "error", "Pods and workloads", "no containers"),
  rule("container-name", "error", "Pods and workloads", "a name that is taken or no DNS label"),
  rule("container-port", "error", "Pods and workloads", "a port outside 1 to 65535"),
  rule(
    "container-port-name",
    "error",
    "Pods and workloads",
    "a port name that is taken or not valid",
  ),
  rule("container-image", "warning", "Pods and workloads", "no image, which a cluster refuses"),
  rule("env-name", "error", "Pods and workloads", "no name for a variable"),
  rule(
    "probe-handler",
    "error",
    "Pods and workloads",
    "a probe with no handler, with several, or with a port that is none",
  ),
  rule(
    "pod-hostname",
    "error",
    "Pods and workloads",
    "a `hostname` or `subdomain` that is no DNS label",
  ),
  rule(
    "selector-empty",
    "error",
    "Pods and workloads",
    "a workload whose selector would take every pod",
  ),
  rule(
    "selector-mismatch",
    "error",
    "Pods and workloads",
    "a workload that does not select its own template",
  ),
  rule(
    "restart-policy",
    "error",
    "Pods and workloads",
    "a restart policy that the kind does not allow",
  ),
  rule(
    "rolling-update",
    "error",
    "Pods and workloads",
    "a rolling update that could never do anything, or with a value that is none",
  ),
  rule("job-completions", "error", "Pods and workloads", "an Indexed Job without completions"),
  rule(
    "workload-unusable",
    "error",
    "Pods and workloads",
    "a workload that a control loop can't work with, though reading it found nothing",
    "It makes nothing; what it made before stays.",
  ),
  rule("cron-schedule", "error", "Pods and workloads", "a schedule that is none"),
  rule(
    "workload-overlap",
    "warning",
    "Pods and workloads",
    "two workloads of one namespace whose selectors take the same pods",
    "Each counts the other's pods as its own. Labels that both select are shown.",
  ),
  rule(
    "pod-adopted",
    "warning",
    "Pods and workloads",
    "a bare Pod that a workload selects",
    "The workload takes it over, or deletes it as one too many.",
  ),
  rule(
    "stateful-set-service",
    "warning",
    "Pods and workloads",
    "a `serviceName` that is missing, or names no headless Service of these pods",
    "The pods have no names of their own in DNS.",
  ),
  rule(
    "pod-subdomain",
    "warning",
    "Pods and workloads",
    "a `subdomain` that is no headless Service",
    "The pod has no name of its own in DNS.",
  ),
  rule(
    "probe-port-name",
    "error",
    "Pods and workloads",
    "a probe of a port that its container does not name",
    "The probe never succeeds.",
  ),
  rule(
    "selector-version",
    "warning",
    "Pods and workloads",
    "a workload selector with a label that changes with versions",
    "Selectors can't be changed, so the next version can't be applied.",
  ),
  rule(
    "affinity-no-match",
    "warning",
    "Pods and workloads",
    "a required pod affinity that no pod here meets",
    "The pods are never scheduled.",
  ),
  rule(
    "spread-own-pods",
    "warning",
    "Pods and workloads",
    "a topology spread that does not count the pods it is about",
    "The pods are not spread.",
  ),
  // Endpoints
  rule(
    "endpoint-address",
    "error",
    "Endpoints",
    "an address that is none of its type, or more than 1000 endpoints in a slice",
  ),
  rule(
    "endpoint-address-special",
    "warning",
    "Endpoints",
    "a loopback, link-local, multicast or unspecified address (a cluster refuses it)",
  ),
  rule("endpoint-port", "error", "Endpoints", "a port that is none, or a name twice"),
  rule(
    "endpoint-slice-service",
    "warning",
    "Endpoints",
    "a slice without the label that names its Service",
  ),
  // Other kinds
  rule(
    "network-policy-peer",
    "error",
    "Other kinds",
    "a peer without anything, with too much, or with an address range that is none",
  ),
  rule(
    "network-policy-port",
    "error",
    "Other kinds",
    "a port that is none, or an `endPort` that does not fit it",
  ),
  rule(
    "disruption-budget",
    "error",
    "Other kinds",
    "both `minAvailable` and `maxUnavailable`, or a value that is none",
  ),
  rule("ingress-rules", "error", "Other kinds", "neither rules nor a default backend"),
  rule("ingress-host", "error", "Other kinds", "a host that is no DNS name"),
  rule("ingress-path", "error", "Other kinds", "a path that does not start with `/`"),
  rule(
    "ingress-backend",
    "error",
    "Other kinds",
    "a backend without a Service, or without exactly one kind of port",
  ),
  rule(
    "volume-access-modes",
    "error",
    "Other kinds",
    "no access modes, or some that don't go together",
  ),
  rule("volume-size", "error", "Other kinds", "no size, or one that is none"),
  // Policies, references and names
  rule(
    "network-policy-no-match",
    "warning",
    "Policies, references and names",
    "a NetworkPolicy that selects no pods",
    "It protects nothing.",
  ),
  rule(
    "disruption-budget-no-match",
    "warning",
    "Policies, references and names",
    "a PodDisruptionBudget that selects no pods",
    "It protects nothing.",
  ),
  rule(
    "disruption-budget-overlap",
    "warning",
    "Policies, references and names",
    "pods in two PodDisruptionBudgets",
    "Such pods can't be evicted: draining their node fails.",
  ),
  rule(
    "namespace-unknown",
    "warning",
    "Policies, references and names",
    "a namespace that no Namespace here declares, though some are declared",
    "Applied to a fresh cluster, the object is refused.",
  ),
  rule(
    "ingress-service",
    "warning",
    "Policies, references and names",
    "an Ingress for a Service that is not there",
    "Requests get 503.",
  ),
  rule(
    "ingress-service-port",
    "error",
    "Policies, references and names",
    "an Ingress for a port that its Service does not have",
    "Requests get 503.",
  ),
  rule(
    "autoscaler-target",
    "warning",
    "Policies, references and names",
    "a HorizontalPodAutoscaler of a workload that is not there",
    "Nothing is scaled.",
  ),
  rule(
    "endpoint-slice-orphan",
    "warning",
    "Policies, references and names",
    "an EndpointSlice of a Service that is not there",
    "Nobody uses its endpoints.",
  ),
  rule(
    "deprecated-annotation",
    "warning",
    "Policies, references and names",
    "an annotation that clusters no longer read, or soon won't",
    "What it asked for may silently not happen.",
  ),
  rule(
    "deprecated-node-label",
    "warning",
    "Policies, references and names",
    "a node label that was renamed",
    "Newer nodes do not have it, and the pods are not scheduled.",
  ),
  // kubelane.yaml
  rule(
    "config-key",
    "error",
    "kubelane.yaml",
    "a key that is not known here; the nearest one is named",
  ),
  rule("config-type", "error", "kubelane.yaml", "a value of the wrong type"),
  rule(
    "config-target",
    "error",
    "kubelane.yaml",
    "a key of `run` or `attach` that names no workload",
  ),
  rule("config-command", "error", "kubelane.yaml", "no command, or an empty one"),
  rule("config-address", "error", "kubelane.yaml", "an address of a process that is none"),
  rule("config-node", "error", "kubelane.yaml", "a node's name, zone or label that is not valid"),
  rule(
    "config-documents",
    "warning",
    "kubelane.yaml",
    "more than one document (the first one is read)",
  ),
  // Comments
  rule(
    "ignore-unknown",
    "warning",
    "Comments",
    "a `kubelane-ignore` comment that names no rule",
    "It suppresses nothing.",
  ),
  rule(
    "ignore-unused",
    "warning",
    "Comments",
    "a `kubelane-ignore` comment that suppresses nothing",
    "What it was for is gone; so may it be.",
  ),
];

const BY_ID: ReadonlyMap<string, RuleInfo> = new Map(RULES.map((info) => [info.id, info]));

export function ruleInfo(id: string): RuleInfo | undefined {
  return BY_ID.get(id);
}
