import { isRecord } from "../../objects/json.ts";
import { fieldSchema, type Schema } from "./schema.ts";

/** A copy of a value with its schema's defaults for absent fields. Nothing is changed in place. */
export function withDefaults<T>(value: T, schema: Schema): T {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : (value.map((item) => withDefaults(item, items)) as T);
  }
  if (!isRecord(value)) return value;
  const { properties = {} } = schema;
  const fields = Object.entries(value).map(([name, field]) => {
    const known = fieldSchema(schema, name);
    return [name, known === undefined ? field : withDefaults(field, known)] as const;
  });
  const added = Object.entries(properties).flatMap(([name, known]) => {
    if (known.default === undefined || Object.hasOwn(value, name)) return [];
    return [[name, withDefaults(structuredClone(known.default), known)] as const];
  });
  return Object.fromEntries([...fields, ...added]) as T;
}
