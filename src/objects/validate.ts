import { words } from "./checks.ts";
import {
  type Definition,
  definitionNamed,
  type Field,
  type FieldType,
  type Limits,
} from "./definition.ts";
import { isRecord, type Json, quote } from "./json.ts";
import type { Part, Parts } from "./part.ts";
import type { Place } from "./place.ts";

/**
 * Checks a decoded value against what its definition and its parts say, outermost first. What an API server
 * keeps to itself, `status`, is not looked at.
 */
export function validate(written: Json, definition: Definition, place: Place, parts: Parts): void {
  const said: Part = Object.hasOwn(parts, definition.name) ? parts[definition.name]! : NOTHING;
  const value = said.seen?.(written) ?? written;
  for (const name of said.required ?? []) {
    if (isEmpty(value[name])) place.at(name).required();
  }
  if (said.oneOf !== undefined) checkOneOf(value, said.oneOf, place);
  said.check?.(value, place);
  for (const name of Object.keys(value)) {
    const field = definition.fields.get(name);
    const found = value[name];
    if (field === undefined || found === undefined) continue;
    if (name === "status" && field.type.type === "record") continue;
    const here = place.at(name);
    if (definition.custom) checkLimits(found, field.limits, here);
    // That it is empty has been told.
    if (said.required?.includes(name) && isEmpty(found)) continue;
    said.fields?.[name]?.(found as never, here);
    if (!said.open?.includes(name)) checkValue(found, field, field.type, here, parts);
  }
}

const NOTHING: Part = {};

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function checkOneOf(value: Json, { of, some }: NonNullable<Part["oneOf"]>, place: Place): void {
  const found = of.filter((name) => value[name] !== undefined);
  if (found.length > 1) {
    place.at(found[1]!).forbidden(`${found.join(" and ")} exclude each other`);
  } else if (found.length === 0 && some === true) {
    const list = of.length > 8 ? `${of.slice(0, 6).join(", ")} and others` : of.join(", ");
    place.required(`one of ${list} has to be here`);
  }
}

function checkValue(
  value: unknown,
  field: Field,
  type: FieldType,
  place: Place,
  parts: Parts,
): void {
  switch (type.type) {
    case "word":
      if (typeof value === "string") words(...type.words)(value, place);
      return;
    case "record":
      if (isRecord(value)) validate(value, definitionNamed(type.definition), place, parts);
      return;
    case "list":
      if (!Array.isArray(value) || !hasChecks(type.of)) return;
      for (const [i, item] of value.entries()) {
        checkLimits(item, type.limits, place.at(i));
        checkValue(item, field, type.of, place.at(i), parts);
      }
      return;
    case "map":
      if (!isRecord(value) || !hasChecks(type.of)) return;
      for (const [key, item] of Object.entries(value)) {
        checkValue(item, field, type.of, place.at(key), parts);
      }
  }
}

/** Whether there can be anything to say about the members of a list or a mapping. */
function hasChecks({ type }: FieldType): boolean {
  return (
    type === "word" || type === "record" || type === "list" || type === "map" || type === "string"
  );
}

/** What a CustomResourceDefinition bounds. */
function checkLimits(value: unknown, { min, max, pattern }: Limits, place: Place): void {
  const size = sizeOf(value);
  if (size === undefined) return;
  const what =
    typeof value === "string" ? " characters" : typeof value === "number" ? "" : " members";
  if (min !== undefined && size < min)
    place.invalid(`there must be at least ${min}${what}, not ${size}`);
  if (max !== undefined && size > max)
    place.invalid(`there may be at most ${max}${what}, not ${size}`);
  const text = typeof value === "number" ? String(value) : value;
  if (pattern !== undefined && typeof text === "string" && !pattern.test(text)) {
    place.invalid(`${quote(text)} does not have the form ${pattern.source}`);
  }
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string") return [...value].length;
  if (Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : undefined;
}
