import type { FieldSelector } from "../labels/field-selector.ts";
import type { Selector } from "../labels/selector.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { matchesFields } from "./fields.ts";

/** Which objects of a kind are meant; all of it must hold. */
export interface ListOptions {
  /** Absent means all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: Selector;
  /** Fields that the kind can be selected by: see supportedFields. */
  readonly fieldSelector?: FieldSelector;
}

/** Whether one object is meant. */
export function isSelected(
  object: KubernetesObject,
  { namespace, labelSelector, fieldSelector }: ListOptions,
): boolean {
  const { metadata } = object;
  return (
    (namespace === undefined || (metadata.namespace ?? "") === namespace) &&
    (labelSelector?.matches(metadata.labels ?? {}) ?? true) &&
    (fieldSelector === undefined || matchesFields(fieldSelector, object))
  );
}
