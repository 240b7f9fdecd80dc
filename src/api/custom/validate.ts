import { isDeepStrictEqual } from "node:util";
import { isRecord, type Json } from "../../objects/json.ts";
import { searchPattern } from "../../routes/text-pattern.ts";
import type { Cause } from "../status.ts";
import { fieldError } from "./field-error.ts";
import { hasFormat } from "./formats.ts";
import { fieldSchema, itemBefore, listKeyOf, OBJECT_FIELDS, type Schema } from "./schema.ts";

/**
 * Errors of a value by its schema. Unchanged values are skipped, so that objects from before a definition became
 * stricter can still be updated (KEP-4008).
 * @param before the old value; undefined for a new one
 * @param path as in messages: `spec.ports[0].name`
 */
export function schemaErrors(
  value: unknown,
  schema: Schema,
  before: unknown,
  path = "",
): readonly Cause[] {
  const causes: Cause[] = [];
  check(value, schema, before, path, causes);
  return causes;
}

function check(
  value: unknown,
  schema: Schema,
  before: unknown,
  path: string,
  causes: Cause[],
): void {
  if (before !== undefined && isDeepStrictEqual(value, before)) return;
  checkType(value, schema, path, causes);
  checkAlternatives(value, schema, path, causes);
  if (typeof value === "string") checkText(value, schema, path, causes);
  if (typeof value === "number") checkNumber(value, schema, path, causes);
  if (Array.isArray(value)) checkList(value, schema, before, path, causes);
  if (isRecord(value)) checkMapping(value, schema, before, path, causes);
  checkEnum(value, schema, path, causes);
}

function checkType(value: unknown, schema: Schema, path: string, causes: Cause[]): void {
  if (value === null && schema.nullable) return;
  const types = typesOf(schema);
  if (types.length === 0) return;
  const actual = typeName(value);
  if (types.includes(actual) || (actual === "integer" && types.includes("number"))) return;
  const wanted = types.join(",");
  const detail = `${path} in body must be of type ${wanted}: ${JSON.stringify(actual)}`;
  causes.push(fieldError.typeInvalid(path, actual, detail));
}

function typesOf(schema: Schema): readonly string[] {
  if (schema["x-kubernetes-int-or-string"]) return ["integer", "string"];
  return schema.type === undefined ? [] : [schema.type];
}

export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** As upstream: of length and pattern only the first violation is reported. */
function checkText(text: string, schema: Schema, path: string, causes: Cause[]): void {
  const { format } = schema;
  const cause = lengthOrPattern(text, schema, path);
  if (cause !== undefined) causes.push(cause);
  if (format !== undefined && !hasFormat(text, format)) {
    const detail = `${path} in body must be of type ${format}: ${JSON.stringify(text)}`;
    causes.push(fieldError.typeInvalid(path, text, detail));
  }
}

function lengthOrPattern(text: string, schema: Schema, path: string): Cause | undefined {
  const { minLength, maxLength, pattern } = schema;
  const length = minLength === undefined && maxLength === undefined ? 0 : [...text].length;
  if (maxLength !== undefined && length > maxLength) return fieldError.tooLong(path, maxLength);
  if (minLength !== undefined && length < minLength) {
    const detail = `${path} in body should be at least ${minLength} chars long`;
    return fieldError.invalid(path, text, detail);
  }
  if (pattern === undefined || matches(text, pattern)) return undefined;
  return fieldError.invalid(path, text, `${path} in body should match '${pattern}'`);
}

/** A pattern that does not compile was reported when the definition was created. */
function matches(text: string, pattern: string): boolean {
  const compiled = searchPattern(pattern);
  return typeof compiled === "string" || compiled.test(text);
}

const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
};

function checkNumber(number: number, schema: Schema, path: string, causes: Cause[]): void {
  const { type, format = "", minimum, maximum, multipleOf } = schema;
  const { exclusiveMinimum, exclusiveMaximum } = schema;
  if (type === "integer") {
    const [least, most] = INTEGERS[format] ?? [-Infinity, Infinity];
    if (!Number.isInteger(number) || number < least || number > most) {
      const kind = format === "" ? " (default format)" : ` with format ${format}`;
      causes.push(fieldError.unplaced(`Checked value must be of type integer${kind} in ${path}`));
    }
  }
  const refuse = (detail: string) =>
    causes.push(fieldError.invalid(path, number, `${path} in body should be ${detail}`));
  if (multipleOf !== undefined && !isMultiple(number, multipleOf)) {
    refuse(`a multiple of ${multipleOf}`);
  }
  if (maximum !== undefined && (exclusiveMaximum ? number >= maximum : number > maximum)) {
    refuse(`less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? number <= minimum : number < minimum)) {
    refuse(`greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`);
  }
}

function isMultiple(number: number, factor: number): boolean {
  return Number.isInteger(number / factor);
}

function checkEnum(value: unknown, schema: Schema, path: string, causes: Cause[]): void {
  const { enum: words } = schema;
  if (words === undefined || (value === null && schema.nullable)) return;
  if (words.some((word) => isDeepStrictEqual(word, value))) return;
  causes.push(fieldError.unsupported(path, value, words));
}

function checkList(
  list: readonly unknown[],
  schema: Schema,
  before: unknown,
  path: string,
  causes: Cause[],
): void {
  const { minItems, maxItems, items } = schema;
  if (minItems !== undefined && list.length < minItems) {
    const detail = `${path} in body should have at least ${minItems} items`;
    causes.push(fieldError.invalid(path, list.length, detail));
  }
  if (maxItems !== undefined && list.length > maxItems)
    causes.push(fieldError.tooMany(path, list.length, maxItems));
  if (items !== undefined) {
    for (const [index, item] of list.entries()) {
      const old = itemBefore(schema, item, before, index);
      check(item, items, old, `${path}[${index}]`, causes);
    }
  }
  checkDuplicates(list, schema, path, causes);
}

/** Lists of type `set` and `map` must not contain duplicates. */
function checkDuplicates(
  list: readonly unknown[],
  schema: Schema,
  path: string,
  causes: Cause[],
): void {
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== "set" && listType !== "map") return;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    const key = listType === "set" ? JSON.stringify(item) : listKeyOf(item, keys);
    if (seen.has(key)) causes.push(fieldError.duplicate(`${path}[${index}]`, JSON.parse(key)));
    seen.add(key);
  }
}

function checkMapping(
  value: Json,
  schema: Schema,
  before: unknown,
  path: string,
  causes: Cause[],
): void {
  const { minProperties, maxProperties, required = [] } = schema;
  const names = Object.keys(value);
  if (minProperties !== undefined && names.length < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`;
    causes.push(fieldError.invalid(path, names.length, detail));
  }
  if (maxProperties !== undefined && names.length > maxProperties)
    causes.push(fieldError.tooMany(path, names.length, maxProperties));
  const of = (name: string) => (path === "" ? name : `${path}.${name}`);
  for (const name of required) {
    if (!Object.hasOwn(value, name)) causes.push(fieldError.required(of(name)));
  }
  if (schema["x-kubernetes-embedded-resource"] && path !== "") {
    for (const name of OBJECT_FIELDS.slice(0, 2)) {
      if (!value[name]) causes.push(fieldError.required(of(name)));
    }
  }
  for (const name of names) {
    const known = fieldSchema(schema, name);
    if (known === undefined) continue;
    const old = isRecord(before) && Object.hasOwn(before, name) ? before[name] : undefined;
    check(value[name], known, old, of(name), causes);
  }
}

/** allOf, anyOf, oneOf and not. Where all alternatives fail, the errors of the first are reported as well. */
function checkAlternatives(value: unknown, schema: Schema, path: string, causes: Cause[]): void {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const name = JSON.stringify(path);
  const errorsOf = (schemas: readonly Schema[]) =>
    schemas.map((each) => schemaErrors(value, each, undefined, path));
  const tell = (detail: string, errors: readonly Cause[] = []) => {
    causes.push(fieldError.unplaced(`${name} must ${detail}`));
    for (const error of errors) causes.push(error);
  };
  const any = errorsOf(anyOf);
  if (any.length > 0 && any.every((errors) => errors.length > 0))
    tell("validate at least one schema (anyOf)", any[0]);
  const one = errorsOf(oneOf);
  const valid = one.filter((errors) => errors.length === 0).length;
  const rule = "validate one and only one schema (oneOf). Found";
  if (one.length > 0 && valid === 0) tell(`${rule} none valid`, one[0]);
  if (valid > 1) tell(`${rule} ${valid} valid alternatives`);
  const all = errorsOf(allOf).flat();
  if (all.length > 0) tell("validate all the schemas (allOf)", all);
  if (not !== undefined && schemaErrors(value, not, undefined, path).length === 0)
    tell("not validate the schema (not)");
}
