import { formatFieldPath } from "../../diagnostics/diagnostic.ts";
import { definitionNamed } from "../../objects/definition.ts";
import { isRecord, type Json, setOwn } from "../../objects/json.ts";
import { fieldSchema, OBJECT_FIELDS, type Schema } from "./schema.ts";

type Path = readonly (string | number)[];

/**
 * A copy of an object without fields that its schema doesn't have, and without nulls that are not allowed and have no
 * default. Nothing is changed in place.
 * @param dropped collects the paths of the unknown fields
 */
export function prune(object: Json, schema: Schema, dropped: string[]): Json {
  const root = { ...schema, "x-kubernetes-embedded-resource": true };
  const { metadata, ...rest } = pruneMapping(object, root, [], dropped, true);
  // The root's metadata is checked like that of every other object.
  return metadata === undefined ? rest : { ...rest, metadata: object["metadata"] };
}

function pruneValue(value: unknown, schema: Schema, path: Path, dropped: string[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return value.map((item, index) => pruneValue(item, items, [...path, index], dropped));
  }
  return isRecord(value) ? pruneMapping(value, schema, path, dropped) : value;
}

function pruneMapping(
  value: Json,
  schema: Schema,
  path: Path,
  dropped: string[],
  isRoot = false,
): Json {
  const keepsUnknown =
    schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === true;
  const isObject = schema["x-kubernetes-embedded-resource"] === true;
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const at = [...path, name];
    if (isObject && OBJECT_FIELDS.includes(name)) {
      const isMetadata = name === "metadata" && !isRoot && isRecord(field);
      setOwn(result, name, isMetadata ? pruneMetadata(field, at, dropped) : field);
      continue;
    }
    const known = fieldSchema(schema, name);
    if (known === undefined) {
      if (keepsUnknown) setOwn(result, name, field);
      else dropped.push(formatFieldPath(at));
    } else if (field !== null || known.nullable || takesNull(known)) {
      setOwn(result, name, pruneValue(field, known, at, dropped));
    }
  }
  return result;
}

/** Without a type, null is as valid as any other value. */
function takesNull(schema: Schema): boolean {
  return schema.type === undefined && !schema["x-kubernetes-int-or-string"];
}

function pruneMetadata(metadata: Json, path: Path, dropped: string[]): Json {
  const { fields } = definitionNamed("meta/v1.ObjectMeta");
  const known = Object.entries(metadata).filter(([name]) => {
    if (fields.has(name)) return true;
    dropped.push(formatFieldPath([...path, name]));
    return false;
  });
  return Object.fromEntries(known);
}
