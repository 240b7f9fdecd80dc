import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { isRecord } from "../objects/json.ts";

/** An object of a document, and its path: empty, or through `items` of a List. */
export interface ListedValue {
  readonly value: unknown;
  readonly path: FieldPath;
}

/**
 * A document's objects: itself, or the items of a `kind: List` (or `PodList` and so on, whose items
 * need not repeat apiVersion and kind), Lists in Lists included.
 */
export function flattenList(value: unknown, path: FieldPath = []): ListedValue[] {
  if (!isRecord(value)) return [{ value, path }];
  const { apiVersion, kind, items } = value;
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) {
    return [{ value, path }];
  }
  const itemKind = kind.slice(0, -"List".length);
  return items.flatMap((item: unknown, i) => {
    const named = itemKind !== "" && isRecord(item) && item["kind"] === undefined;
    return flattenList(named ? { apiVersion, kind: itemKind, ...item } : item, [
      ...path,
      "items",
      i,
    ]);
  });
}
