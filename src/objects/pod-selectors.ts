import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { isRecord, type Json } from "./json.ts";
import type { KubernetesObject, StringMap } from "./object.ts";
import { podTemplateOf } from "./pod-templates.ts";
import {
  addLabelSelector,
  addNodeSelector,
  CLUSTER,
  ownScope,
  records,
  type SelectorScope,
  type SelectorUse,
} from "./selector-use.ts";

/** The selectors of a pod, or of a template for pods: nodes, affinities and spread constraints. */
export function addPodSelectors(object: KubernetesObject, uses: SelectorUse[]): void {
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
  addNodeAffinity(uses, [...path, "affinity", "nodeAffinity"], affinity["nodeAffinity"]);
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

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

function addNodeAffinity(uses: SelectorUse[], path: FieldPath, affinity: unknown): void {
  if (!isRecord(affinity)) return;
  addNodeSelector(uses, [...path, REQUIRED], affinity[REQUIRED]);
  for (const [i, { preference }] of records(affinity[PREFERRED])) {
    if (!isRecord(preference)) continue;
    const selector = { nodeSelectorTerms: [preference] };
    addNodeSelector(uses, [...path, PREFERRED, i, "preference"], selector);
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
  for (const [i, term] of records(affinity[REQUIRED])) {
    addAffinityTerm(uses, [...path, REQUIRED, i], term, purpose, own);
  }
  for (const [i, { podAffinityTerm: term }] of records(affinity[PREFERRED])) {
    if (!isRecord(term)) continue;
    addAffinityTerm(uses, [...path, PREFERRED, i, "podAffinityTerm"], term, purpose, own);
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
