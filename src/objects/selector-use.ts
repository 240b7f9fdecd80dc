import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { fromLabelSelector } from "../labels/label-selector.ts";
import type { NodeSelector } from "../labels/node-selector.ts";
import { fromMap, type Selector } from "../labels/selector.ts";
import { isRecord, type Json } from "./json.ts";
import type { LabelSelector } from "./label-selector.ts";
import type { KubernetesObject, StringMap } from "./object.ts";

/** The namespaces that a selector applies to. */
export type SelectorScope =
  /** Those named. */
  | { readonly in: "namespaces"; readonly names: readonly string[] }
  /** Those whose own labels match. */
  | { readonly in: "selectedNamespaces"; readonly selector: LabelSelector }
  | { readonly in: "allNamespaces" }
  /** The selected kind has no namespaces. */
  | { readonly in: "cluster" };

/** A selector inside an object, and what it may select. */
export interface SelectorUse {
  /** Its path in the object. */
  readonly path: FieldPath;
  /** Its purpose, in one word: `endpoints`, `replicas`, `peer`, `spread`, ... */
  readonly purpose: SelectorPurpose;
  readonly written: WrittenSelector;
  /** groupKind of the objects it may select; undefined when it may be any kind (a webhook's). */
  readonly selects: string | undefined;
  readonly scope: SelectorScope;
}

/** A selector as it stands in the object. */
export type WrittenSelector =
  /** A plain map of labels: a Service's, a nodeSelector. */
  | { readonly form: "map"; readonly map: StringMap }
  | { readonly form: "labelSelector"; readonly selector: LabelSelector }
  /** With terms of which one must hold, Gt and Lt, and fields: node affinity (S.11). */
  | { readonly form: "nodeSelector"; readonly selector: NodeSelector };

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
 * A label selector as it is written, ready to match.
 * @throws RequirementError when a LabelSelector breaks a rule.
 */
export function labelSelectorOf(
  written: Exclude<WrittenSelector, { form: "nodeSelector" }>,
): Selector {
  return written.form === "map" ? fromMap(written.map) : fromLabelSelector(written.selector);
}

export const CLUSTER: SelectorScope = { in: "cluster" };

export function addLabelSelector(
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

export function addMap(
  uses: SelectorUse[],
  map: unknown,
  purpose: SelectorPurpose,
  scope: SelectorScope,
): void {
  if (!isRecord(map) || Object.keys(map).length === 0) return;
  const written = { form: "map", map: map as StringMap } as const;
  uses.push({ path: ["spec", "selector"], purpose, written, selects: "Pod", scope });
}

export function ownScope(object: KubernetesObject): SelectorScope {
  return { in: "namespaces", names: [object.metadata.namespace ?? ""] };
}

export function* records(value: unknown): Generator<[index: number, record: Json]> {
  if (!Array.isArray(value)) return;
  for (const [i, item] of value.entries()) if (isRecord(item)) yield [i, item];
}

export function addNodeSelector(uses: SelectorUse[], path: FieldPath, selector: unknown): void {
  if (!isRecord(selector)) return;
  const written = { form: "nodeSelector", selector: selector as unknown as NodeSelector } as const;
  uses.push({ path, purpose: "node", written, selects: "Node", scope: CLUSTER });
}
