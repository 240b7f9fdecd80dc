import { definitionNamed, type FieldType } from "../../objects/definition.ts";
import { isRecord } from "../../objects/json.ts";

/** How values of a type are merged and owned (structured merge and diff, KEP-555). */
export type MergeType =
  /** As a unit: scalars, atomic lists and mappings. */
  | { readonly as: "whole" }
  | {
      readonly as: "mapping";
      of(key: string): MergeType;
      /** A field that the type declares, as opposed to a free key. */
      isDeclared(key: string): boolean;
    }
  | { readonly as: "set" }
  | {
      readonly as: "keyed";
      readonly keys: readonly string[];
      /** Defaults of keys that an item may leave out: a port without a protocol is TCP. */
      readonly defaults: Readonly<Record<string, unknown>>;
      readonly of: MergeType;
    };

const WHOLE: MergeType = { as: "whole" };

/** The rule without a type: mappings are merged by field, lists replaced as a unit. */
export const UNTYPED: MergeType = {
  as: "mapping",
  of: () => UNTYPED,
  isDeclared: () => false,
};

const definitions = new Map<string, MergeType>();

export function mergeTypeOfDefinition(name: string): MergeType {
  let type = definitions.get(name);
  if (type === undefined) {
    const { atomic, fields } = definitionNamed(name);
    const types = new Map<string, MergeType>();
    type = atomic
      ? WHOLE
      : {
          as: "mapping",
          of(key) {
            let of = types.get(key);
            if (of === undefined) {
              const field = fields.get(key);
              of = field === undefined ? UNTYPED : mergeTypeOf(field.type);
              types.set(key, of);
            }
            return of;
          },
          isDeclared: (key) => fields.has(key),
        };
    definitions.set(name, type);
  }
  return type;
}

function mergeTypeOf(type: FieldType): MergeType {
  switch (type.type) {
    case "record":
      return mergeTypeOfDefinition(type.definition);
    case "map":
      return { as: "mapping", of: () => mergeTypeOf(type.of), isDeclared: () => false };
    case "list":
      if (type.identity === "atomic") return WHOLE;
      if (type.identity === "set") return { as: "set" };
      return {
        as: "keyed",
        keys: type.identity,
        defaults: defaultsOf(type.identity, type.of),
        of: mergeTypeOf(type.of),
      };
    case "json":
      return UNTYPED;
    default:
      return WHOLE;
  }
}

function defaultsOf(keys: readonly string[], type: FieldType): Readonly<Record<string, unknown>> {
  if (type.type !== "record") return {};
  const { fields } = definitionNamed(type.definition);
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = fields.get(key)?.default;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** The type that a structural schema describes, by its x-kubernetes-… extensions. */
export function mergeTypeOfSchema(schema: unknown): MergeType {
  if (!isRecord(schema)) return UNTYPED;
  const { type, items, properties, additionalProperties } = schema;
  if (type === "array") {
    const listType = schema["x-kubernetes-list-type"];
    if (listType === "set") return { as: "set" };
    const keys = schema["x-kubernetes-list-map-keys"];
    if (listType !== "map" || !Array.isArray(keys)) return WHOLE;
    const fields = isRecord(items) && isRecord(items["properties"]) ? items["properties"] : {};
    const defaults = Object.fromEntries(
      keys.flatMap((key) => {
        const field = fields[String(key)];
        return isRecord(field) && "default" in field ? [[String(key), field["default"]]] : [];
      }),
    );
    return { as: "keyed", keys: keys.map(String), defaults, of: mergeTypeOfSchema(items) };
  }
  if (schema["x-kubernetes-map-type"] === "atomic") return WHOLE;
  if (type !== "object" && schema["x-kubernetes-preserve-unknown-fields"] !== true) return WHOLE;
  const fields = isRecord(properties) ? properties : {};
  return {
    as: "mapping",
    of(key) {
      if (Object.hasOwn(fields, key)) return mergeTypeOfSchema(fields[key]);
      return isRecord(additionalProperties) ? mergeTypeOfSchema(additionalProperties) : UNTYPED;
    },
    isDeclared: (key) => Object.hasOwn(fields, key),
  };
}
