import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../diagnostics/nearest-name.ts";
import type { Finding } from "./finding.ts";
import type { RecordShape, Shape } from "./shape.ts";

/**
 * Reads a JSON value as an API server decodes it: wrong types are findings, a field that is null
 * counts as absent and is left out, as is the empty word of an enumeration; a null in a string map is the empty string.
 * @returns the value itself where nothing was left out, a copy elsewhere. When there are findings of
 *   severity error the result does not have the shape.
 */
export function readShape(
  value: unknown,
  shape: Shape,
  path: FieldPath,
  findings: Finding[],
): unknown {
  return new ShapeReader(path, findings).read(value, shape);
}

type JsonRecord = Readonly<Record<string, unknown>>;

class ShapeReader {
  readonly #path: (string | number)[];
  readonly #findings: Finding[];

  constructor(path: FieldPath, findings: Finding[]) {
    this.#path = [...path];
    this.#findings = findings;
  }

  read(value: unknown, shape: Shape): unknown {
    switch (shape.type) {
      case "any":
        return value;
      case "record":
        return isRecord(value) ? this.#record(value, shape) : this.#wrongType(value, "a mapping");
      case "list":
        return Array.isArray(value) ? this.#list(value, shape.of) : this.#wrongList(value);
      case "stringMap":
        return isRecord(value) ? this.#stringMap(value) : this.#wrongType(value, "a mapping");
      case "boolean":
        return typeof value === "boolean" ? value : this.#wrongBoolean(value);
      case "string":
        return this.#string(value, shape.oneOf);
      case "integer":
        return this.#integer(value, shape);
      case "integerOrString":
        return typeof value === "string" || Number.isInteger(value)
          ? value
          : this.#wrongType(value, "a number or a string");
    }
  }

  #record(value: JsonRecord, shape: RecordShape): JsonRecord {
    let copy: Record<string, unknown> | undefined;
    const path = this.#path;
    for (const [name, before] of Object.entries(value)) {
      const field = shape.fields.get(name);
      if (field === undefined) {
        if (shape.others !== undefined && !shape.others.has(name)) this.#unknownField(name, shape);
        continue;
      }
      if (before === null || (before === "" && isEnum(field))) {
        copy ??= { ...value };
        delete copy[name];
        continue;
      }
      path.push(name);
      const after = this.read(before, field);
      path.pop();
      if (after !== before) {
        copy ??= { ...value };
        copy[name] = after;
      }
    }
    for (const name of shape.required) {
      if (!Object.hasOwn(value, name) || value[name] === null) this.#missing(name);
    }
    for (const name of shape.lists) {
      if (!Object.hasOwn(copy ?? value, name)) copy = { ...(copy ?? value), [name]: [] };
    }
    return copy ?? value;
  }

  #list(value: readonly unknown[], of: Shape): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      this.#path.push(i);
      const after = this.read(value[i], of);
      this.#path.pop();
      if (after !== value[i]) {
        copy ??= [...value];
        copy[i] = after;
      }
    }
    return copy ?? value;
  }

  #stringMap(value: JsonRecord): JsonRecord {
    let copy: Record<string, unknown> | undefined;
    for (const [key, entry] of Object.entries(value)) {
      if (typeof entry === "string") continue;
      if (entry === null) {
        copy ??= { ...value };
        // A plain assignment to __proto__ would set the prototype.
        Object.defineProperty(copy, key, { value: "", enumerable: true, writable: true });
        continue;
      }
      this.#path.push(key);
      this.#wrongString(entry);
      this.#path.pop();
    }
    return copy ?? value;
  }

  #string(value: unknown, oneOf: readonly string[] | undefined): unknown {
    if (typeof value !== "string") return this.#wrongString(value);
    if (oneOf === undefined || oneOf.includes(value)) return value;
    const near = nearestName(value, oneOf);
    this.#find(
      "field-value",
      `${quote(value)} is none of ${oneOf.join(", ")}`,
      near && `did you mean ${near}?`,
    );
    return value;
  }

  #integer(value: unknown, { min, max }: { min?: number; max?: number }): unknown {
    if (typeof value === "string" && /^[-+]?[0-9]+$/.test(value)) {
      return this.#wrongType(value, "a number", `write ${Number(value)} without quotes`);
    }
    if (!Number.isInteger(value)) return this.#wrongType(value, "a whole number");
    const number = value as number;
    if ((min !== undefined && number < min) || (max !== undefined && number > max)) {
      const bound = min !== undefined && number < min ? `at least ${min}` : `at most ${max}`;
      this.#find("field-value", `${number} is out of range, it must be ${bound}`);
    }
    return value;
  }

  #wrongString(value: unknown): unknown {
    const hint =
      typeof value === "number" || typeof value === "boolean"
        ? `put it in quotes: "${String(value)}"`
        : undefined;
    return this.#wrongType(value, "a string", hint);
  }

  #wrongBoolean(value: unknown): unknown {
    const plain = typeof value === "string" && /^(?:true|false)$/i.test(value);
    const hint = plain ? `write ${value.toLowerCase()} without quotes` : undefined;
    return this.#wrongType(value, "true or false", hint);
  }

  #wrongList(value: unknown): unknown {
    const hint = isRecord(value) ? 'begin each item with "- "' : undefined;
    return this.#wrongType(value, "a list", hint);
  }

  #wrongType(value: unknown, expected: string, hint?: string): unknown {
    this.#find("field-type", `expected ${expected}, found ${describeValue(value)}`, hint);
    return value;
  }

  #missing(name: string): void {
    this.#path.push(name);
    this.#find("field-required", `the required field ${name} is missing`);
    this.#path.pop();
  }

  #unknownField(name: string, shape: RecordShape): void {
    const near = nearestName(name, [...shape.fields.keys(), ...(shape.others ?? [])]);
    this.#findings.push({
      rule: "unknown-field",
      severity: "warning",
      message: `there is no field ${quote(name)} here; it has no effect`,
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      path: [...this.#path, name],
      at: "key",
    });
  }

  #find(rule: string, message: string, hint?: string): void {
    const path = [...this.#path];
    this.#findings.push({
      rule,
      severity: "error",
      message,
      ...(hint === undefined ? {} : { hint }),
      path,
    });
  }
}

/** An enumeration's empty string is Go's zero value: as if the field were not there. */
function isEnum(shape: Shape): boolean {
  return shape.type === "string" && shape.oneOf !== undefined;
}

/** Whether a JSON value is an object. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value for a message: its type, and what it is when that is short. */
function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return `the string ${quote(value)}`;
  return `the ${typeof value} ${String(value)}`;
}

/** Text of the user's for a message: quoted, and shortened so that hostile input stays small. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
