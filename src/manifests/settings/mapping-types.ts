import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import type { StringMap } from "../../objects/object.ts";
import type { ConfigValues } from "../config-values.ts";
import type { JsonSchema, ValueType } from "./value-type.ts";

export const stringMap: ValueType<StringMap> = {
  schema: { type: "object", additionalProperties: { type: ["string", "null"] } },
  says: "mapping of names to text",
  read: (value, at, values) =>
    value === undefined || value === null ? undefined : values.stringMap(value, at),
};

export const strings: ValueType<readonly string[]> = {
  schema: { type: "array", items: { type: "string" } },
  says: "list",
  read: (value, at, values) =>
    value === undefined || value === null ? undefined : values.strings(value, at),
};

/** The fields of a mapping, by their names. */
export type FieldTypes = Readonly<Record<string, ValueType<unknown>>>;

export type ValuesOf<F extends FieldTypes> = {
  readonly [Name in keyof F]?: F[Name] extends ValueType<infer T> ? T : never;
};

/** Reads a mapping that has these fields and no other. @returns undefined when the value is no mapping. */
export function readFields<F extends FieldTypes>(
  fields: F,
  value: unknown,
  path: FieldPath,
  values: ConfigValues,
): ValuesOf<F> | undefined {
  const mapping = values.mapping(value, path, Object.keys(fields));
  if (mapping === undefined) return undefined;
  const read = Object.entries(fields).flatMap(([name, type]) => {
    const field = type.read(mapping[name], [...path, name], values);
    return field === undefined ? [] : [[name, field]];
  });
  return Object.fromEntries(read);
}

export function fieldsSchema(fields: FieldTypes, required: readonly string[] = []): JsonSchema {
  const properties = Object.entries(fields).map(([name, { schema }]) => [name, schema]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}
