import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { addressRange, cidrOf, each, port, ruled } from "../checks.ts";
import { AGE, NAME } from "../columns/column.ts";
import { formatLabelSelector } from "../columns/selector-text.ts";
import { change, changeEach, fill } from "../defaults/fill.ts";
import { isRecord, type Json, quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import type { NetworkPolicy } from "../network-policy.ts";
import { part } from "../part.ts";
import {
  addLabelSelector,
  CLUSTER,
  ownScope,
  records,
  type SelectorScope,
  type SelectorUse,
} from "../selector-use.ts";
import type {
  IPBlock,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from "../tables/kinds.ts";

export const networkPolicy: Kind = kind<NetworkPolicy>({
  groupKind: "NetworkPolicy.networking.k8s.io",
  defaults: policyWithDefaults,
  selectors: addPolicySelectors,
  columns: [
    NAME,
    { header: "POD-SELECTOR", cell: ({ spec }) => formatLabelSelector(spec.podSelector) },
    AGE,
  ],
  parts: {
    ...part<NetworkPolicySpec>("networking/v1.NetworkPolicySpec", {
      fields: {
        policyTypes: (types, place) => {
          if (types.length > 2) place.invalid("there are two types of policy");
        },
      },
    }),
    ...part<NetworkPolicyPeer>("networking/v1.NetworkPolicyPeer", {
      check({ ipBlock, podSelector, namespaceSelector }, at) {
        const place = at.as({ rule: "network-policy-peer" });
        const selects = podSelector !== undefined || namespaceSelector !== undefined;
        if (ipBlock === undefined && !selects)
          place.required("a peer needs a podSelector, a namespaceSelector or an ipBlock");
        if (ipBlock !== undefined && selects)
          place.invalid("an ipBlock does not go with selectors; write them as two peers");
      },
    }),
    ...part<IPBlock>("networking/v1.IPBlock", {
      required: ["cidr"],
      fields: {
        cidr: ruled("network-policy-peer", addressRange),
        except: each(ruled("network-policy-peer", addressRange)),
      },
      check({ cidr, except = [] }, place) {
        const outer = cidrOf(cidr);
        for (const [i, text] of except.entries()) {
          const inner = cidrOf(text);
          if (outer === undefined || inner === undefined) continue;
          if (outer.contains(text.split("/")[0]!) && outer.prefixLength < inner.prefixLength)
            continue;
          place
            .at("except", i)
            .invalid(`${quote(text)} is no part of ${cidr}`, { rule: "network-policy-peer" });
        }
      },
    }),
    ...part<NetworkPolicyPort>("networking/v1.NetworkPolicyPort", {
      fields: { port: ruled("network-policy-port", port) },
      check({ port: first, endPort }, at) {
        const place = at.at("endPort").as({ rule: "network-policy-port" });
        if (endPort === undefined) return;
        if (typeof first !== "number") place.invalid("endPort needs a port number as port");
        else if (endPort < first || endPort > 65535)
          place.invalid(`endPort goes from ${first}, the port, to 65535`);
      },
    }),
  },
});

/** What a policy is about: ingress, and egress when it has rules for it, unless it says so itself. */
export function policyTypes({
  policyTypes: written = [],
  egress = [],
}: NetworkPolicySpec): readonly ("Ingress" | "Egress")[] {
  if (written.length > 0) return written;
  return egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

function policyWithDefaults(policy: NetworkPolicy): NetworkPolicy {
  const port = <T extends { readonly protocol?: "TCP" | "UDP" | "SCTP" }>(one: T): T =>
    fill(one, { protocol: "TCP" } as Partial<T>);
  return change(policy, "spec", (spec) => {
    const types = policyTypes(spec);
    let made = types === spec.policyTypes ? spec : { ...spec, policyTypes: types };
    made = change(made, "ingress", (rules) =>
      changeEach(rules, (rule) => change(rule, "ports", (ports) => changeEach(ports, port))),
    );
    return change(made, "egress", (rules) =>
      changeEach(rules, (rule) => change(rule, "ports", (ports) => changeEach(ports, port))),
    );
  });
}

function addPolicySelectors(object: NetworkPolicy, uses: SelectorUse[]): void {
  const { spec } = object;
  const own = ownScope(object);
  const target = ["spec", "podSelector"];
  addLabelSelector(uses, target, spec["podSelector"], "policy-target", "Pod", own);
  for (const [direction, side] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    for (const [i, rule] of records(spec[direction])) {
      for (const [j, peer] of records(rule[side])) {
        addPeer(uses, ["spec", direction, i, side, j], peer, own);
      }
    }
  }
}

/** A peer with both selectors means those pods in those namespaces; with a namespaceSelector alone, all of theirs. */
function addPeer(uses: SelectorUse[], path: FieldPath, peer: Json, own: SelectorScope): void {
  const { namespaceSelector, podSelector } = peer;
  const namespaces = [...path, "namespaceSelector"];
  addLabelSelector(uses, namespaces, namespaceSelector, "peer-namespaces", "Namespace", CLUSTER);
  const scope: SelectorScope = isRecord(namespaceSelector)
    ? { in: "selectedNamespaces", selector: namespaceSelector }
    : own;
  addLabelSelector(uses, [...path, "podSelector"], podSelector, "peer", "Pod", scope);
}
