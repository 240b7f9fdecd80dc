import type { FieldSelector } from "../../labels/field-selector.ts";
import type { Selector } from "../../labels/selector.ts";
import { groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import { isClusterScoped } from "../../objects/resource.ts";
import { matchesFields } from "../../store/fields.ts";
import type { RequestedKind } from "./requested-kinds.ts";

/** The objects that are asked for. */
export interface Selection {
  readonly kinds: readonly RequestedKind[];
  /** Undefined: every namespace. */
  readonly namespace: string | undefined;
  readonly labels: Selector | undefined;
  readonly fields: FieldSelector | undefined;
}

/** Whether an object is among those asked for. */
export function isSelected(
  { kinds, namespace, labels, fields }: Selection,
  object: KubernetesObject,
): boolean {
  const groupKind = groupKindOf(object);
  const kind = kinds.find((each) => each.groupKind === groupKind);
  if (kind === undefined) return false;
  const { metadata } = object;
  if (kind.names !== undefined && !kind.names.includes(metadata.name)) return false;
  if (namespace !== undefined && !isClusterScoped(groupKind) && metadata.namespace !== namespace)
    return false;
  if (labels !== undefined && !labels.matches(metadata.labels ?? {})) return false;
  return fields === undefined || matchesFields(fields, object);
}

/** By namespace, then name, as kubectl lists. */
export function byName(
  { metadata: a }: KubernetesObject,
  { metadata: b }: KubernetesObject,
): number {
  const order = (x = "", y = "") => (x < y ? -1 : x > y ? 1 : 0);
  return order(a.namespace, b.namespace) || order(a.name, b.name);
}
