import { addressRange, distinct, dnsLabel, each, labelKey, labelValue } from "../checks.ts";
import type { Node as AdmittedNode } from "../cluster.ts";
import { AGE, NAME, NONE } from "../columns/column.ts";
import { immutable } from "../immutable-fields.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import type { KubernetesObject } from "../object.ts";
import { part } from "../part.ts";
import type { Rule } from "../rule.ts";
import type { Namespace, NamespaceSpec, Node, NodeSpec, Taint } from "../tables/kinds.ts";

const SYSTEM_NAMESPACES = new Set(["kube-system", "kube-public", "kube-node-lease"]);

const reserved: Rule<Namespace> = {
  id: "namespace-reserved",
  severity: "warning",
  check({ metadata: { name } }, report) {
    if (!name.startsWith("kube-") || SYSTEM_NAMESPACES.has(name)) return;
    report(["metadata", "name"], `namespaces that start with "kube-" are reserved for Kubernetes`);
  },
};

/** The label by which selectors can name one namespace. */
export const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";

export const namespace: Kind = kind<Namespace>({
  groupKind: "Namespace",
  defaults: withNameLabel,
  columns: [NAME, { header: "STATUS", cell: ({ status }) => status?.phase ?? "Active" }, AGE],
  advice: [reserved],
  name: dnsLabel,
  parts: part<NamespaceSpec>("core/v1.NamespaceSpec", {
    fields: {
      finalizers: each((name, place) => {
        labelKey(name, place);
        if (!name.includes("/") && !["kubernetes", "orphan", "foregroundDeletion"].includes(name)) {
          place.invalid(`${quote(name)} needs a prefix such as example.com/`);
        }
      }),
    },
  }),
});

const ROLE_LABEL = "node-role.kubernetes.io/";

export const node: Kind = kind<Node, AdmittedNode>({
  groupKind: "Node",
  columns: [
    NAME,
    { header: "STATUS", cell: nodeStatus },
    {
      header: "ROLES",
      cell: ({ metadata }) =>
        Object.keys(metadata.labels ?? {})
          .filter((key) => key.startsWith(ROLE_LABEL) && key !== ROLE_LABEL)
          .map((key) => key.slice(ROLE_LABEL.length))
          .sort()
          .join(",") || NONE,
    },
    AGE,
    { header: "VERSION", cell: (node) => info(node, "kubeletVersion", "") },
    { header: "INTERNAL-IP", wide: true, cell: (node) => address(node, "InternalIP") },
    { header: "EXTERNAL-IP", wide: true, cell: (node) => address(node, "ExternalIP") },
    { header: "OS-IMAGE", wide: true, cell: (node) => info(node, "osImage") },
    { header: "KERNEL-VERSION", wide: true, cell: (node) => info(node, "kernelVersion") },
    {
      header: "CONTAINER-RUNTIME",
      wide: true,
      cell: (node) => info(node, "containerRuntimeVersion"),
    },
  ],
  update: ({ spec: before }, { spec: after }, place) => {
    if ((before.podCIDRs ?? []).length > 0)
      immutable(before, after, ["podCIDR", "podCIDRs"], place.at("spec"));
    if ((before.providerID ?? "") !== "")
      immutable(before, after, ["providerID"], place.at("spec"));
  },
  parts: {
    ...part<NodeSpec>("core/v1.NodeSpec", {
      fields: {
        podCIDRs: each(addressRange),
        taints: (taints, place) => {
          distinct(
            taints,
            ({ key, effect }) => `${key}:${effect}`,
            (i, key) => place.at(i).duplicate(key),
          );
        },
      },
      check({ podCIDR = "", podCIDRs = [] }, place) {
        if (podCIDR !== "" && podCIDRs.length === 0) addressRange(podCIDR, place.at("podCIDR"));
        const families = podCIDRs.map((range) => range.includes(":"));
        if (podCIDRs.length > 2 || (podCIDRs.length === 2 && families[0] === families[1])) {
          place.at("podCIDRs").invalid("there may be one range of each IP family");
        }
        if (podCIDR !== "" && podCIDRs.length > 0 && podCIDRs[0] !== podCIDR) {
          place.at("podCIDRs").invalid("the first has to be podCIDR");
        }
      },
    }),
    ...part<Taint>("core/v1.Taint", {
      required: ["effect"],
      fields: { key: labelKey, value: labelValue },
    }),
  },
});

function withNameLabel(namespace: Namespace): Namespace {
  const { labels = {}, name } = namespace.metadata;
  if (labels[NAMESPACE_NAME_LABEL] === name) return namespace;
  const all = { ...labels, [NAMESPACE_NAME_LABEL]: name };
  return { ...namespace, metadata: { ...namespace.metadata, labels: all } };
}

function nodeStatus({ spec, status }: AdmittedNode): string {
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  const ready = conditions.find(({ type }) => type === "Ready");
  const word = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function address({ status }: AdmittedNode, wanted: string): string {
  return status?.addresses?.find(({ type }) => type === wanted)?.address ?? NONE;
}

function info({ status }: KubernetesObject, field: string, none = "<unknown>"): string {
  const { nodeInfo } = (status ?? {}) as { nodeInfo?: Readonly<Record<string, string>> };
  return nodeInfo?.[field] ?? none;
}
