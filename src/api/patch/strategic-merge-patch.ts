import { definitionNamed, type Field, type FieldType } from "../../objects/definition.ts";
import { isRecord } from "../../objects/json.ts";
import { badRequest } from "../status.ts";
import { inOrder } from "./list-order.ts";

type Json = Readonly<Record<string, unknown>>;

/** A directive of the patch: `replace`, `delete` or `merge`. */
const DIRECTIVE = "$patch";
/** Fields of a union that are kept; the others are removed. */
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER = "$setElementOrder/";

/**
 * Kubernetes' own patch: a merge patch in which lists with keyed items are merged by key. kubectl apply sends it for
 * built-in kinds. Nothing is changed in place.
 * @param definition of the object: which lists are merged, and by which key
 * @throws StatusError for a patch that contradicts the definition
 */
export function strategicMergePatch(target: unknown, patch: unknown, definition: string): unknown {
  if (!isRecord(patch)) throw badRequest("a strategic merge patch is a mapping");
  return mergeRecord(isRecord(target) ? target : {}, patch, (key) => fieldOf(definition, key));
}

/** Where the type is unknown, as inside a mapping with free keys. */
interface Merging {
  readonly type: FieldType | undefined;
  readonly mergeKey: string | undefined;
}

type FieldLookup = (key: string) => Merging;

const UNKNOWN: Merging = { type: undefined, mergeKey: undefined };

function fieldOf(definition: string, key: string): Merging {
  return (definitionNamed(definition).fields.get(key) as Field | undefined) ?? UNKNOWN;
}

function lookupOf(type: FieldType | undefined): FieldLookup {
  if (type?.type === "record") return (key) => fieldOf(type.definition, key);
  if (type?.type === "map") return () => ({ type: type.of, mergeKey: undefined });
  return () => UNKNOWN;
}

function mergeRecord(target: Json, patch: Json, fieldOfKey: FieldLookup): unknown {
  const directive = patch[DIRECTIVE];
  if (directive === "replace") return clean(without(patch, DIRECTIVE));
  if (directive === "delete") return undefined;
  if (directive !== undefined && directive !== "merge") {
    throw badRequest(`unknown patch directive ${JSON.stringify(directive)}`);
  }
  const merged = new Map(Object.entries(target));
  const retained = patch[RETAIN_KEYS];
  if (Array.isArray(retained)) {
    for (const key of merged.keys()) if (!retained.includes(key)) merged.delete(key);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER)) continue;
    if (key.startsWith(DELETE_FROM_LIST)) {
      const field = key.slice(DELETE_FROM_LIST.length);
      // Items that the patch adds are appended below.
      const list = merged.get(field);
      if (!Array.isArray(value)) throw badRequest(`${key} is no list`);
      if (Array.isArray(list))
        merged.set(
          field,
          list.filter((item) => !value.includes(item)),
        );
      continue;
    }
    if (value === null) {
      merged.delete(key);
      continue;
    }
    const result = mergeValue(
      merged.get(key),
      value,
      fieldOfKey(key),
      patch[`${ELEMENT_ORDER}${key}`],
    );
    if (result === undefined) merged.delete(key);
    else merged.set(key, result);
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ELEMENT_ORDER)) continue;
    const field = key.slice(ELEMENT_ORDER.length);
    // A list that comes from the patch alone was put in order together with it.
    const list = field in patch ? undefined : merged.get(field);
    if (Array.isArray(list) && Array.isArray(order)) {
      merged.set(field, ordered(list, order, fieldOfKey(field).mergeKey, []));
    }
  }
  return Object.fromEntries(merged);
}

function mergeValue(target: unknown, patch: unknown, field: Merging, order: unknown): unknown {
  if (Array.isArray(patch)) return mergeList(target, patch, field, order);
  if (!isRecord(patch)) return patch;
  return mergeRecord(isRecord(target) ? target : {}, patch, lookupOf(field.type));
}

function mergeList(
  target: unknown,
  patch: readonly unknown[],
  { type, mergeKey }: Merging,
  order: unknown,
): unknown {
  const current: readonly unknown[] = Array.isArray(target) ? target : [];
  if (mergeKey === undefined || type?.type !== "list") {
    return patch.map((item) => (isRecord(item) ? clean(item) : item));
  }
  const merged =
    mergeKey === "" ? union(current, patch) : mergeByKey(current, patch, type.of, mergeKey);
  if (!Array.isArray(order)) return merged;
  return ordered(merged, order, mergeKey, current);
}

function union(current: readonly unknown[], patch: readonly unknown[]): unknown[] {
  return [...new Set([...current, ...patch])];
}

function mergeByKey(
  current: readonly unknown[],
  patch: readonly unknown[],
  type: FieldType,
  key: string,
): unknown[] {
  const items = patch.map((item) => {
    if (!isRecord(item))
      throw badRequest(`an item of a list that is merged by ${key} is no mapping`);
    return item;
  });
  // An item with `$patch: replace` replaces the whole list by the other items of the patch.
  if (items.some((item) => item[DIRECTIVE] === "replace")) {
    return items
      .filter((item) => item[DIRECTIVE] !== "replace" || Object.keys(item).length > 1)
      .map((item) => clean(without(item, DIRECTIVE)));
  }
  const merged: unknown[] = [...current];
  for (const item of items) {
    if (!(key in item))
      throw badRequest(`an item of a list that is merged by ${key} has no ${key}`);
    const place = merged.findIndex((each) => isRecord(each) && each[key] === item[key]);
    if (item[DIRECTIVE] === "delete") {
      if (place >= 0) merged.splice(place, 1);
    } else if (place < 0) {
      merged.push(clean(without(item, DIRECTIVE)));
    } else {
      merged[place] = mergeRecord(merged[place] as Json, item, lookupOf(type));
    }
  }
  return merged;
}

/** A merged list in the order that the patch asks for. */
function ordered(
  list: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
  current: readonly unknown[],
): unknown[] {
  const idOf = (item: unknown): unknown =>
    mergeKey !== undefined && mergeKey !== "" && isRecord(item) ? item[mergeKey] : item;
  const items = new Map(list.map((item) => [idOf(item), item]));
  const before = current.length > 0 ? current : list;
  const ids = inOrder([...items.keys()], order.map(idOf), before.map(idOf));
  return ids.map((id) => items.get(id));
}

/** A value that a patch adds: without nulls and directives, which make sense only for existing values. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isRecord(item) || item[DIRECTIVE] !== "delete").map(clean);
  }
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([key, each]) => each !== null && !isDirective(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, clean(each)]));
}

function isDirective(key: string): boolean {
  return (
    key === DIRECTIVE ||
    key === RETAIN_KEYS ||
    key.startsWith(DELETE_FROM_LIST) ||
    key.startsWith(ELEMENT_ORDER)
  );
}

function without(record: Json, key: string): Json {
  const { [key]: _, ...rest } = record;
  return rest;
}
