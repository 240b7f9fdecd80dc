import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { isRecord, type Json } from "./json.ts";
import { groupKindOf, type KubernetesObject } from "./object.ts";
import { addPodSelectors } from "./pod-selectors.ts";
import {
  addLabelSelector,
  addMap,
  addNodeSelector,
  CLUSTER,
  ownScope,
  records,
  type SelectorScope,
  type SelectorUse,
} from "./selector-use.ts";

/**
 * Every label selector that an object contains, in the order of its fields. An absent selector is not
 * listed; an empty one is, except where it selects nothing by definition (a Service's, P.2).
 */
export function selectorsOf(object: KubernetesObject): SelectorUse[] {
  const uses: SelectorUse[] = [];
  const own = OWN_SELECTORS.get(groupKindOf(object));
  const spec = isRecord(object.spec) ? object.spec : {};
  own?.(spec, object, uses);
  addPodSelectors(object, uses);
  return uses;
}

type Lister = (spec: Json, object: KubernetesObject, uses: SelectorUse[]) => void;

const POD_OWNER: Lister = (spec, object, uses) => {
  addLabelSelector(
    uses,
    ["spec", "selector"],
    spec["selector"],
    "replicas",
    "Pod",
    ownScope(object),
  );
};

const WEBHOOKS: Lister = (_spec, object, uses) => {
  const { webhooks } = object as { webhooks?: unknown };
  for (const [i, webhook] of records(webhooks)) {
    const path = ["webhooks", i];
    const { objectSelector, namespaceSelector } = webhook;
    const scope: SelectorScope = isRecord(namespaceSelector)
      ? { in: "selectedNamespaces", selector: namespaceSelector }
      : { in: "allNamespaces" };
    addLabelSelector(
      uses,
      [...path, "namespaceSelector"],
      namespaceSelector,
      "webhook-namespaces",
      "Namespace",
      CLUSTER,
    );
    addLabelSelector(
      uses,
      [...path, "objectSelector"],
      objectSelector,
      "webhook-objects",
      undefined,
      scope,
    );
  }
};

const OWN_SELECTORS: ReadonlyMap<string, Lister> = new Map<string, Lister>([
  ["Deployment.apps", POD_OWNER],
  ["ReplicaSet.apps", POD_OWNER],
  ["StatefulSet.apps", POD_OWNER],
  ["DaemonSet.apps", POD_OWNER],
  ["Job.batch", POD_OWNER],
  [
    "ReplicationController",
    (spec, object, uses) => addMap(uses, spec["selector"], "replicas", ownScope(object)),
  ],
  [
    "Service",
    (spec, object, uses) => addMap(uses, spec["selector"], "endpoints", ownScope(object)),
  ],
  [
    "PodDisruptionBudget.policy",
    (spec, object, uses) => {
      const path = ["spec", "selector"];
      addLabelSelector(uses, path, spec["selector"], "disruption", "Pod", ownScope(object));
    },
  ],
  [
    "PersistentVolumeClaim",
    (spec, _object, uses) => {
      const path = ["spec", "selector"];
      addLabelSelector(uses, path, spec["selector"], "volume", "PersistentVolume", CLUSTER);
    },
  ],
  [
    "PersistentVolume",
    (spec, _object, uses) => {
      const affinity = isRecord(spec["nodeAffinity"]) ? spec["nodeAffinity"] : {};
      addNodeSelector(uses, ["spec", "nodeAffinity", "required"], affinity["required"]);
    },
  ],
  ["NetworkPolicy.networking.k8s.io", addPolicySelectors],
  ["MutatingWebhookConfiguration.admissionregistration.k8s.io", WEBHOOKS],
  ["ValidatingWebhookConfiguration.admissionregistration.k8s.io", WEBHOOKS],
]);

function addPolicySelectors(spec: Json, object: KubernetesObject, uses: SelectorUse[]): void {
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
