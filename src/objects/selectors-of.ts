import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { fromLabelSelector } from "../labels/label-selector.ts";
import { fromMap, type Selector } from "../labels/selector.ts";
import type { LabelSelector } from "./label-selector.ts";
import { groupKindOf, type KubernetesObject, type StringMap } from "./object.ts";
import { podTemplateOf } from "./pod-templates.ts";
import { isRecord } from "./read-shape.ts";

/** In which namespaces a selector looks. */
export type SelectorScope =
  /** Those named. */
  | { readonly in: "namespaces"; readonly names: readonly string[] }
  /** Those whose own labels match. */
  | { readonly in: "selectedNamespaces"; readonly selector: LabelSelector }
  | { readonly in: "allNamespaces" }
  /** The selected kind has no namespaces. */
  | { readonly in: "cluster" };

/** A selector somewhere in an object, and what it may select. */
export interface SelectorUse {
  /** Where it stands in the object. */
  readonly path: FieldPath;
  /** What it is for, in one word: `endpoints`, `replicas`, `peer`, `spread`, ... */
  readonly purpose: SelectorPurpose;
  /** As it is written: a plain map of labels (Service, nodeSelector) or a LabelSelector. */
  readonly written:
    | { readonly form: "map"; readonly map: StringMap }
    | { readonly form: "labelSelector"; readonly selector: LabelSelector };
  /** groupKind of the objects it may select; undefined when it may be any kind (a webhook's). */
  readonly selects: string | undefined;
  readonly scope: SelectorScope;
}

export type SelectorPurpose =
  | "endpoints"
  | "replicas"
  | "policy-target"
  | "peer"
  | "peer-namespaces"
  | "disruption"
  | "affinity"
  | "anti-affinity"
  | "affinity-namespaces"
  | "spread"
  | "node"
  | "volume"
  | "webhook-objects"
  | "webhook-namespaces";

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

/**
 * The selector of a use, ready to match.
 * @throws RequirementError when a LabelSelector breaks a rule.
 */
export function selectorOfUse({ written }: SelectorUse): Selector {
  return written.form === "map" ? fromMap(written.map) : fromLabelSelector(written.selector);
}

type Json = Readonly<Record<string, unknown>>;
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

const CLUSTER: SelectorScope = { in: "cluster" };

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

function addPodSelectors(object: KubernetesObject, uses: SelectorUse[]): void {
  const template = podTemplateOf(object);
  if (template === undefined) return;
  const spec = template.spec as unknown as Json;
  const path = [...template.path, "spec"];
  const own = ownScope(object);
  if (isRecord(spec["nodeSelector"])) {
    uses.push({
      path: [...path, "nodeSelector"],
      purpose: "node",
      written: { form: "map", map: spec["nodeSelector"] as StringMap },
      selects: "Node",
      scope: CLUSTER,
    });
  }
  const affinity = isRecord(spec["affinity"]) ? spec["affinity"] : {};
  for (const [kind, purpose] of [
    ["podAffinity", "affinity"],
    ["podAntiAffinity", "anti-affinity"],
  ] as const) {
    addAffinity(uses, [...path, "affinity", kind], affinity[kind], purpose, own);
  }
  for (const [i, constraint] of records(spec["topologySpreadConstraints"])) {
    const at = [...path, "topologySpreadConstraints", i, "labelSelector"];
    addLabelSelector(uses, at, constraint["labelSelector"], "spread", "Pod", own);
  }
}

function addAffinity(
  uses: SelectorUse[],
  path: FieldPath,
  affinity: unknown,
  purpose: "affinity" | "anti-affinity",
  own: SelectorScope,
): void {
  if (!isRecord(affinity)) return;
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  for (const [i, term] of records(affinity[required])) {
    addAffinityTerm(uses, [...path, required, i], term, purpose, own);
  }
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  for (const [i, { podAffinityTerm: term }] of records(affinity[preferred])) {
    if (!isRecord(term)) continue;
    addAffinityTerm(uses, [...path, preferred, i, "podAffinityTerm"], term, purpose, own);
  }
}

/** Named and selected namespaces add up; neither means the pod's own; an empty selector means all. */
function addAffinityTerm(
  uses: SelectorUse[],
  path: FieldPath,
  term: Json,
  purpose: "affinity" | "anti-affinity",
  own: SelectorScope,
): void {
  const { namespaceSelector, namespaces } = term;
  const selectorPath = [...path, "namespaceSelector"];
  const purposeOfNamespaces = "affinity-namespaces";
  addLabelSelector(
    uses,
    selectorPath,
    namespaceSelector,
    purposeOfNamespaces,
    "Namespace",
    CLUSTER,
  );
  const names = Array.isArray(namespaces) ? (namespaces as readonly string[]) : [];
  let scope = own;
  if (isRecord(namespaceSelector))
    scope = { in: "selectedNamespaces", selector: namespaceSelector };
  else if (names.length > 0) scope = { in: "namespaces", names };
  const at = [...path, "labelSelector"];
  addLabelSelector(uses, at, term["labelSelector"], purpose, "Pod", scope);
}

function addLabelSelector(
  uses: SelectorUse[],
  path: FieldPath,
  selector: unknown,
  purpose: SelectorPurpose,
  selects: string | undefined,
  scope: SelectorScope,
): void {
  if (!isRecord(selector)) return;
  uses.push({ path, purpose, written: { form: "labelSelector", selector }, selects, scope });
}

function addMap(
  uses: SelectorUse[],
  map: unknown,
  purpose: SelectorPurpose,
  scope: SelectorScope,
): void {
  if (!isRecord(map) || Object.keys(map).length === 0) return;
  const written = { form: "map", map: map as StringMap } as const;
  uses.push({ path: ["spec", "selector"], purpose, written, selects: "Pod", scope });
}

function ownScope(object: KubernetesObject): SelectorScope {
  return { in: "namespaces", names: [object.metadata.namespace ?? ""] };
}

function* records(value: unknown): Generator<[index: number, record: Json]> {
  if (!Array.isArray(value)) return;
  for (const [i, item] of value.entries()) if (isRecord(item)) yield [i, item];
}
