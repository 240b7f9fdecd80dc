import type { KubernetesObject } from "../object.ts";
import { AGE, type Column, NAME } from "./column.ts";

export const UNSET = "<unset>";

/** Name, what is particular to the kind, and age. */
export function withAge(...columns: readonly Column[]): readonly Column[] {
  return [NAME, ...columns, AGE];
}

/**
 * A field of an object whose type nothing else here reads.
 * @param absent what is printed for a field that is not there
 */
export function field(header: string, path: readonly string[], absent = ""): Column {
  return { header, cell: (object) => String(valueAt(object, path) ?? absent) };
}

/** How many items a list has. */
export function itemCount(header: string, path: readonly string[]): Column {
  return { header, cell: (object) => String(listAt(object, path).length) };
}

/** What is at a path of an object; undefined where it ends before. */
export function valueAt(object: KubernetesObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], object);
}

/** The list at a path of an object; empty where there is none. */
export function listAt(object: KubernetesObject, path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, path);
  return Array.isArray(value) ? value : [];
}

/** A field of each item of a list, joined by commas. */
export function fieldOfItems(
  object: KubernetesObject,
  path: readonly string[],
  key: string,
): string {
  return listAt(object, path)
    .map((item) => (item as Record<string, unknown>)[key] ?? "")
    .join(",");
}
