import { applyDefaults } from "./defaults/apply-defaults.ts";
import type { Finding } from "./finding.ts";
import { groupKind, groupKindOf, type KubernetesObject } from "./object.ts";
import { podTemplateOf } from "./pod-templates.ts";
import { isRecord, readShape } from "./read-shape.ts";
import { DEFAULT_NAMESPACE, isClusterScoped } from "./resource.ts";
import { type Rule, runRules } from "./rule.ts";
import { type Draft, identityRules } from "./rules/identity.ts";
import { metadataRules } from "./rules/labels.ts";
import { nameRules } from "./rules/name.ts";
import { podRules } from "./rules/pod.ts";
import { rulesOfKind } from "./rules/rules-of-kind.ts";
import { selectorInvalid } from "./rules/selector.ts";
import { shapeOfKind } from "./shapes/shape-of-kind.ts";

/** What came of admitting an object. */
export interface Admission {
  /** Absent when a finding is an error. */
  readonly object?: KubernetesObject;
  readonly findings: readonly Finding[];
}

const OBJECT_RULES: readonly Rule[] = [...nameRules, selectorInvalid];

/**
 * Takes in a JSON value as an API server would: the fields we read have the right types and keep the
 * rules, nulls count as absent, a namespaced object has a namespace, and what was left out has its default.
 * Nothing is changed in place.
 */
export function admit(value: unknown): Admission {
  if (!isRecord(value)) {
    const message = "an object is a mapping with apiVersion, kind, metadata and so on";
    return { findings: [{ rule: "not-an-object", severity: "error", message, path: [] }] };
  }
  const findings: Finding[] = [];
  runRules(identityRules, value, findings);
  const kind = groupKind(textOf(value["apiVersion"]), textOf(value["kind"]));
  const read = readShape(value, shapeOfKind(kind), [], findings) as Draft;
  if (isRecord(read["metadata"])) {
    runRules(metadataRules, { path: ["metadata"], metadata: read["metadata"] }, findings);
  }
  if (findings.some(isError)) return { findings };
  const object = read as unknown as KubernetesObject;
  runKindRules(object, findings);
  if (findings.some(isError)) return { findings };
  return { object: applyDefaults(withNamespace(object, kind)), findings };
}

/** The findings of {@link admit}. */
export function validateObject(value: unknown): readonly Finding[] {
  return admit(value).findings;
}

function runKindRules(object: KubernetesObject, findings: Finding[]): void {
  runRules(OBJECT_RULES, object, findings);
  const template = podTemplateOf(object);
  if (template !== undefined) {
    if (template.path.length > 0 && template.metadata !== undefined) {
      const path = [...template.path, "metadata"];
      runRules(metadataRules, { path, metadata: { ...template.metadata } }, findings);
    }
    runRules(podRules, template, findings);
  }
  runRules(rulesOfKind(groupKindOf(object)), object, findings);
}

/** As kubectl and the API server fill it in: `default` for namespaced kinds, none for the others. */
function withNamespace(object: KubernetesObject, kind: string): KubernetesObject {
  const { namespace, ...metadata } = object.metadata;
  if (isClusterScoped(kind)) return namespace === undefined ? object : { ...object, metadata };
  if (namespace !== undefined && namespace !== "") return object;
  return { ...object, metadata: { ...object.metadata, namespace: DEFAULT_NAMESPACE } };
}

function isError({ severity }: Finding): boolean {
  return severity === "error";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
