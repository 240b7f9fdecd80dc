import { addressRange, distinct, dnsLabel, each, labelKey, labelValue } from "../checks.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Rule } from "../rule.ts";
import type { Namespace, NamespaceSpec, Node, NodeSpec, Taint } from "../tables/kinds.ts";
import { immutable } from "./workloads.ts";

const SYSTEM_NAMESPACES = new Set(["kube-system", "kube-public", "kube-node-lease"]);

const reserved: Rule<Namespace> = {
  id: "namespace-reserved",
  severity: "warning",
  check({ metadata: { name } }, report) {
    if (!name.startsWith("kube-") || SYSTEM_NAMESPACES.has(name)) return;
    report(["metadata", "name"], `namespaces that start with "kube-" are reserved for Kubernetes`);
  },
};

export const namespace: Kind = kind<Namespace>({
  groupKind: "Namespace",
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

export const node: Kind = kind<Node>({
  groupKind: "Node",
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
