import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../../objects/json.ts";
import type { Cause } from "../status.ts";
import { compile, duration, type Expression, optional } from "./cel.ts";
import { fieldError } from "./field-error.ts";
import { hasFormat } from "./formats.ts";
import {
  fieldSchema,
  itemBefore,
  OBJECT_FIELDS,
  type Schema,
  type ValidationRule,
} from "./schema.ts";
import { typeName } from "./validate.ts";

/** A value before a change, and whether it can be compared with the new one: items of lists without keys can't. */
interface Before {
  readonly value: unknown;
  readonly isComparable: boolean;
}

/**
 * Evaluates the rules of a value's schema (`x-kubernetes-validations`, in CEL). A rule that refers to `oldSelf`
 * applies only to changes; all other rules skip unchanged values.
 */
export function ruleErrors(value: unknown, schema: Schema, before: unknown): readonly Cause[] {
  const causes: Cause[] = [];
  const root = { ...schema, "x-kubernetes-embedded-resource": true };
  checkRules(value, root, { value: before, isComparable: true }, "", causes);
  return causes;
}

/** Whether a schema contains a rule. */
export function hasRules(schema: Schema): boolean {
  if ((schema["x-kubernetes-validations"] ?? []).length > 0) return true;
  const { properties = {}, items, additionalProperties } = schema;
  const below = [...Object.values(properties), items, additionalProperties];
  return below.some((each) => typeof each === "object" && hasRules(each));
}

function checkRules(
  value: unknown,
  schema: Schema,
  before: Before,
  path: string,
  causes: Cause[],
): void {
  const rules = schema["x-kubernetes-validations"] ?? [];
  if (rules.length > 0 && value !== null) {
    const self = valueForCel(value, schema);
    const oldSelf = before.value === undefined ? undefined : valueForCel(before.value, schema);
    const isSame = before.value !== undefined && isDeepStrictEqual(value, before.value);
    for (const rule of rules) {
      const expression = compile(rule.rule);
      // This was reported when the definition was created.
      if (typeof expression === "string" || expression.unknown !== undefined) continue;
      if (expression.usesOldSelf) {
        if (!before.isComparable || (oldSelf === undefined && !rule.optionalOldSelf)) continue;
      } else if (isSame) continue;
      const old = rule.optionalOldSelf ? optional(oldSelf) : oldSelf;
      const cause = broken(rule, expression, { self, oldSelf: old }, value, path);
      if (cause !== undefined) causes.push(cause);
    }
  }
  if (Array.isArray(value) && schema.items !== undefined) {
    const { items } = schema;
    const isMap = schema["x-kubernetes-list-type"] === "map";
    for (const [index, item] of value.entries()) {
      const old = isMap ? itemBefore(schema, item, before.value, index) : undefined;
      const isComparable = isMap && before.isComparable;
      checkRules(item, items, { value: old, isComparable }, `${path}[${index}]`, causes);
    }
  }
  if (!isRecord(value)) return;
  const isMap = schema.properties === undefined;
  for (const [name, field] of Object.entries(value)) {
    const known = fieldSchema(schema, name);
    if (known === undefined) continue;
    const old = isRecord(before.value) ? before.value[name] : undefined;
    const at = isMap ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    checkRules(field, known, { value: old, isComparable: before.isComparable }, at, causes);
  }
}

function broken(
  rule: ValidationRule,
  expression: Expression,
  variables: Readonly<Record<string, unknown>>,
  value: unknown,
  path: string,
): Cause | undefined {
  const { fieldPath = "", reason } = rule;
  const field = fieldPath === "" ? path : `${path}${fieldPath}`.replace(/^\./, "");
  let holds: unknown;
  try {
    holds = expression.evaluate(variables);
  } catch (error) {
    const why = lowerFirst((error as Error).message.split("\n", 1)[0]!);
    const detail = `${why} evaluating rule: ${textOf(rule)}`;
    return fieldError.invalid(path, typeName(value), detail);
  }
  if (holds === true) return undefined;
  const message = messageOf(rule, variables);
  switch (reason) {
    case "FieldValueForbidden":
      return fieldError.forbidden(field, message);
    case "FieldValueRequired":
      return fieldError.required(field, message);
    case "FieldValueDuplicate":
      return fieldError.duplicate(field, value);
    default:
      return typeof value === "object"
        ? fieldError.invalidWhole(field, message)
        : fieldError.invalid(field, value, message);
  }
}

function messageOf(rule: ValidationRule, variables: Readonly<Record<string, unknown>>): string {
  const { messageExpression } = rule;
  if (messageExpression === undefined) return textOf(rule);
  const expression = compile(messageExpression);
  if (typeof expression === "string" || expression.unknown !== undefined) return textOf(rule);
  try {
    const message = expression.evaluate(variables);
    if (typeof message === "string" && message.trim() !== "") return message;
  } catch {
    // As upstream: where messageExpression fails, the rule's message is used.
  }
  return textOf(rule);
}

function textOf({ rule, message }: ValidationRule): string {
  return message || `failed rule: ${rule.trim()}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** A JSON value converted to CEL by its schema type: integers, dates and durations get types of their own. */
function valueForCel(value: unknown, schema: Schema | undefined): unknown {
  if (typeof value === "number") {
    const isWhole = schema?.type !== "number" && Number.isInteger(value);
    return isWhole ? BigInt(value) : value;
  }
  if (typeof value === "string") return textForCel(value, schema?.format);
  if (Array.isArray(value)) return value.map((item) => valueForCel(item, schema?.items));
  if (!isRecord(value)) return value;
  const isObject = schema?.["x-kubernetes-embedded-resource"] === true;
  const isMap = schema?.properties === undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      const known = schema && fieldSchema(schema, name);
      // Null counts as absent, except where the schema allows it as a value.
      if (field === null && known?.nullable === true) return [];
      const converted =
        isObject && OBJECT_FIELDS.includes(name)
          ? valueForCel(field, undefined)
          : valueForCel(field, known);
      return [[isMap ? name : celName(name), converted]];
    }),
  );
}

function textForCel(text: string, format: string | undefined): unknown {
  if (format === "date-time" && hasFormat(text, format)) return new Date(text);
  if (format === "byte") return new Uint8Array(Buffer.from(text, "base64"));
  if (format !== "duration") return text;
  try {
    return duration(text);
  } catch {
    return text;
  }
}

const RESERVED: ReadonlySet<string> = new Set([
  ..."true false null in as break const continue else for function if import let loop".split(" "),
  ..."package namespace return var void while".split(" "),
]);

/** A field's name as a rule writes it: `namespace` is `__namespace__`, `a-b` is `a__dash__b`. */
function celName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}
