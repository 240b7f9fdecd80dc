/** A structural schema (KEP-2337), which describes the objects of one version of a CustomResourceDefinition. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
}

export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** The schema of a mapping's field; undefined where there is none. */
export function fieldSchema(schema: Schema, name: string): Schema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

/** The fields that an embedded object has even if its schema doesn't name them. */
export const OBJECT_FIELDS: readonly string[] = ["apiVersion", "kind", "metadata"];

/** The item of the old list with the same keys, in a list of type `map`. */
export function itemBefore(schema: Schema, item: unknown, before: unknown, index: number): unknown {
  if (!Array.isArray(before)) return undefined;
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema["x-kubernetes-list-type"] !== "map" || keys === undefined) return before[index];
  const wanted = listKeyOf(item, keys);
  return before.find((each) => listKeyOf(each, keys) === wanted);
}

/** The values of the keys that identify items of a list, as text. */
export function listKeyOf(item: unknown, keys: readonly string[]): string {
  const fields = (item ?? {}) as Readonly<Record<string, unknown>>;
  const sorted = [...keys].sort().filter((key) => fields[key] !== undefined);
  return JSON.stringify(Object.fromEntries(sorted.map((key) => [key, fields[key]])));
}
