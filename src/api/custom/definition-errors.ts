import type { KubernetesObject } from "../../objects/object.ts";
import { searchPattern } from "../../routes/text-pattern.ts";
import type { Cause } from "../status.ts";
import { compile } from "./cel.ts";
import { versionsOf } from "./definition.ts";
import { fieldError } from "./field-error.ts";
import { isKnownFormat } from "./formats.ts";
import type { Schema } from "./schema.ts";
import { schemaErrors } from "./validate.ts";

export interface DefinitionFindings {
  readonly causes: readonly Cause[];
  /** Features that are accepted but have no effect. */
  readonly warnings: readonly string[];
}

/**
 * Errors in the schemas of a CustomResourceDefinition beyond their shape: expressions that don't compile, defaults
 * that the schema itself refuses, lists without keys for their items.
 */
export function definitionErrors(definition: KubernetesObject): DefinitionFindings {
  const causes: Cause[] = [];
  const warnings: string[] = [];
  for (const [index, { schema }] of versionsOf(definition).entries()) {
    const root = schema?.openAPIV3Schema;
    const path = `spec.versions[${index}].schema.openAPIV3Schema`;
    if (root !== undefined) checkSchema(root, path, causes, warnings);
  }
  return { causes, warnings: [...new Set(warnings)] };
}

function checkSchema(schema: Schema, path: string, causes: Cause[], warnings: string[]): void {
  checkValues(schema, path, causes, warnings);
  checkList(schema, path, causes);
  checkRules(schema, path, causes, warnings);
  const { properties = {}, items, additionalProperties } = schema;
  for (const [name, property] of Object.entries(properties)) {
    checkSchema(property, `${path}.properties[${name}]`, causes, warnings);
  }
  if (items !== undefined) checkSchema(items, `${path}.items`, causes, warnings);
  if (typeof additionalProperties === "object")
    checkSchema(additionalProperties, `${path}.additionalProperties`, causes, warnings);
}

function checkValues(schema: Schema, path: string, causes: Cause[], warnings: string[]): void {
  const { pattern, format, default: fallback } = schema;
  const compiled = pattern === undefined ? undefined : searchPattern(pattern);
  if (typeof compiled === "string") {
    const detail = `must be a valid regular expression, but isn't: ${compiled}`;
    causes.push(fieldError.invalid(`${path}.pattern`, pattern, detail));
  }
  if (format !== undefined && schema.type === "string" && !isKnownFormat(format))
    warnings.push(`unrecognized format ${JSON.stringify(format)}`);
  if (fallback === undefined) return;
  for (const { message, reason } of schemaErrors(fallback, schema, undefined))
    causes.push({ message, reason, field: `${path}.default` });
}

function checkList(schema: Schema, path: string, causes: Cause[]): void {
  if (schema.type === "array" && schema.items === undefined)
    causes.push(fieldError.required(`${path}.items`, "must be specified"));
  if (schema.uniqueItems) {
    const detail =
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    causes.push(fieldError.forbidden(`${path}.uniqueItems`, detail));
  }
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (schema["x-kubernetes-list-type"] === "map" && keys.length === 0) {
    const detail = "must not be empty if x-kubernetes-list-type is map";
    causes.push(fieldError.required(`${path}.x-kubernetes-list-map-keys`, detail));
  }
}

/**
 * A rule with a function that is not implemented is accepted, as other servers know the function, but not evaluated.
 */
function checkRules(schema: Schema, path: string, causes: Cause[], warnings: string[]): void {
  for (const [index, rule] of (schema["x-kubernetes-validations"] ?? []).entries()) {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const expression = compile(rule.rule);
    if (typeof expression === "string") {
      const detail = `compilation failed: ${expression}`;
      causes.push(fieldError.invalid(`${at}.rule`, rule.rule, detail));
    } else if (expression.unknown !== undefined) {
      warnings.push(`${at}.rule: kubelane does not evaluate this rule: ${expression.unknown}`);
    }
    if (rule.messageExpression === undefined) continue;
    const message = compile(rule.messageExpression);
    if (typeof message !== "string") continue;
    const detail = `messageExpression compilation failed: ${message}`;
    causes.push(fieldError.invalid(`${at}.messageExpression`, rule.messageExpression, detail));
  }
}
