import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../diagnostics/nearest-name.ts";
import { type Definition, definitionNamed, type Field, type FieldType } from "./definition.ts";
import type { FieldEdit } from "./field-edit.ts";
import type { Finding } from "./finding.ts";
import { describeValue, isRecord, type Json, quote, setOwn } from "./json.ts";
import { parseQuantity } from "./quantity.ts";
import { type FieldHistory, isBefore, NEWEST, type Release } from "./release.ts";
import { isBase64, isDuration, isTime } from "./scalar-text.ts";

/**
 * Decodes a JSON value as an API server does, before any rule: wrong types are errors, unknown fields are reported
 * and dropped, null means absent, and in lists and mappings the zero value of their members. Zero values that Go
 * can't distinguish from absent ones (`""`, 0 and false without a pointer) are dropped, and an absent required field
 * gets its zero value.
 * @param release of the server.
 * @returns the value itself where nothing changes, else a copy. After an error that is not `usable` it does not have
 * the definition's type.
 */
export function decode(
  value: unknown,
  definition: Definition,
  path: FieldPath,
  findings: Finding[],
  release: Release = NEWEST,
): unknown {
  return new Decoder(path, findings, release).record(value, definition);
}

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** Replaces a null member. */
const ZERO = {
  string: "",
  word: "",
  bytes: "",
  boolean: false,
  int32: 0,
  int64: 0,
  number: 0,
  intOrString: 0,
  quantity: "0",
} as const;

class Decoder {
  readonly #path: (string | number)[];
  readonly #findings: Finding[];
  readonly #release: Release;

  constructor(path: FieldPath, findings: Finding[], release: Release) {
    this.#path = [...path];
    this.#findings = findings;
    this.#release = release;
  }

  record(value: unknown, definition: Definition): unknown {
    if (!isRecord(value)) return this.#wrongType(value, "a mapping");
    let copy: Record<string, unknown> | undefined;
    const path = this.#path;
    for (const name of Object.keys(value)) {
      const field = definition.fields.get(name);
      if (field === undefined) {
        this.#unknownField(name, value[name], definition);
        copy ??= { ...value };
        delete copy[name];
        continue;
      }
      const before = value[name];
      path.push(name);
      let after = this.#field(before, field, definition);
      if (field.history !== undefined) after = this.#asReleased(after, field, field.history);
      path.pop();
      if (after === before) continue;
      copy ??= { ...value };
      if (after === undefined) delete copy[name];
      else copy[name] = after;
    }
    for (const field of definition.fields.values()) {
      if (Object.hasOwn(copy ?? value, field.name)) continue;
      const zero = this.#absent(field, definition);
      if (zero === undefined) continue;
      copy ??= { ...value };
      copy[field.name] = zero;
    }
    return copy ?? value;
  }

  #field(value: unknown, { type, pointer, required }: Field, { custom }: Definition): unknown {
    if (value === null) return undefined;
    const after = this.#value(value, type);
    const unset =
      !custom && !pointer && !required && (after === "" || after === 0 || after === false);
    return unset ? undefined : after;
  }

  /** How a server of the release treats a field that not all releases know or use. */
  #asReleased(value: unknown, { name }: Field, { known, heeded }: FieldHistory): unknown {
    const release = this.#release;
    if (value === undefined) return undefined;
    if (known !== undefined && isBefore(release, known)) {
      this.#findings.push({
        rule: "unknown-field",
        severity: "error",
        usable: true,
        message: `Kubernetes ${release} has no field ${quote(name)} here`,
        hint: `it is there from ${known} on`,
        path: [...this.#path],
        at: "key",
      });
      return undefined;
    }
    const { since, gate } = heeded ?? {};
    const isEarly = since !== undefined && isBefore(release, since);
    if (gate === undefined && !isEarly) return value;
    this.#findings.push({
      rule: "field-dropped",
      severity: "warning",
      message: `a server of Kubernetes ${release} leaves this field out, and says nothing`,
      hint: isEarly
        ? `it is heeded from ${since} on`
        : `it is heeded where the feature gate ${gate} is on`,
      path: [...this.#path],
      at: "key",
    });
    // Servers drop a volume with an unknown source together with its mounts; here the volume is kept.
    return KEPT_SOURCES.has(name) ? value : undefined;
  }

  /** The value of an absent field. */
  #absent({ name, type, required, pointer }: Field, { custom }: Definition): unknown {
    if (!custom && type.type === "record" && STRUCTURE.has(name)) {
      return this.record({}, definitionNamed(type.definition));
    }
    if (!required) return undefined;
    if (custom) {
      this.#path.push(name);
      this.#find("field-required", `the required field ${name} is missing`);
      this.#path.pop();
      return undefined;
    }
    if (pointer) return undefined;
    return type.type === "record"
      ? this.record({}, definitionNamed(type.definition))
      : zeroOf(type);
  }

  #value(value: unknown, type: FieldType): unknown {
    switch (type.type) {
      case "record":
        return this.record(value, definitionNamed(type.definition));
      case "list":
        return Array.isArray(value) ? this.#list(value, type.of) : this.#wrongList(value);
      case "map":
        return isRecord(value) ? this.#map(value, type.of) : this.#wrongType(value, "a mapping");
      case "json":
        return value;
      case "boolean":
        return typeof value === "boolean" ? value : this.#wrongBoolean(value);
      case "int32":
        return this.#integer(value, INT32);
      case "int64":
        return this.#integer(value, undefined);
      case "number":
        return typeof value === "number" ? value : this.#wrongType(value, "a number");
      case "intOrString":
        return typeof value === "string" ? value : this.#intOrString(value);
      case "quantity":
        return this.#quantity(value);
      default:
        return this.#text(value, type.type);
    }
  }

  #list(value: readonly unknown[], of: FieldType): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const after = this.#member(value[i], of, i);
      if (after === value[i]) continue;
      copy ??= [...value];
      copy[i] = after;
    }
    return copy ?? value;
  }

  #map(value: Json, of: FieldType): Json {
    let copy: Record<string, unknown> | undefined;
    for (const key of Object.keys(value)) {
      const after = this.#member(value[key], of, key);
      if (after === value[key]) continue;
      copy ??= { ...value };
      setOwn(copy, key, after);
    }
    return copy ?? value;
  }

  #member(value: unknown, of: FieldType, step: string | number): unknown {
    // Most members are texts, for which checking the type is cheaper than a step of the path.
    if (typeof value === "string" && (of.type === "string" || of.type === "word")) return value;
    this.#path.push(step);
    const after =
      value !== null
        ? this.#value(value, of)
        : of.type === "record"
          ? this.record({}, definitionNamed(of.definition))
          : zeroOf(of);
    this.#path.pop();
    return after;
  }

  #intOrString(value: unknown): unknown {
    if (typeof value !== "number") return this.#wrongType(value, "a number or a string");
    return this.#integer(value, INT32);
  }

  #integer(value: unknown, bounds: { min: number; max: number } | undefined): unknown {
    if (typeof value === "string" && /^[-+]?[0-9]+$/.test(value)) {
      const number = Number(value);
      // A leading 0 means octal to some YAML parsers, and decimal to others.
      const edit = String(number) === value ? { to: number } : undefined;
      return this.#wrongType(value, "a number", `write ${number} without quotes`, edit);
    }
    if (!Number.isInteger(value)) return this.#wrongType(value, "a whole number");
    const number = value as number;
    if (bounds !== undefined && (number < bounds.min || number > bounds.max)) {
      const bound = number < bounds.min ? `at least ${bounds.min}` : `at most ${bounds.max}`;
      this.#find("field-value", `${number} is out of range, it must be ${bound}`);
    }
    return value;
  }

  #quantity(value: unknown): unknown {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string") return this.#wrongType(value, "a quantity such as 500m or 1Gi");
    if (parseQuantity(text.trim()) === undefined) {
      this.#find(
        "field-value",
        `${quote(text)} is no quantity`,
        "write a number, with a unit such as m, Mi or Gi",
      );
    }
    return text;
  }

  #text(
    value: unknown,
    type: "string" | "word" | "bytes" | "time" | "microTime" | "duration",
  ): unknown {
    if (typeof value !== "string") return this.#wrongString(value);
    if (type === "bytes" && !isBase64(value)) {
      this.#find(
        "field-value",
        "this is not base64",
        "in a Secret, plain text goes into stringData",
      );
    } else if ((type === "time" || type === "microTime") && !isTime(value)) {
      this.#find("field-value", `${quote(value)} is no time`, "write 2026-01-31T12:00:00Z");
    } else if (type === "duration" && !isDuration(value)) {
      this.#find("field-value", `${quote(value)} is no duration`, 'write "1m30s"');
    }
    return value;
  }

  #wrongString(value: unknown): unknown {
    const plain = typeof value === "number" || typeof value === "boolean";
    return this.#wrongType(
      value,
      "a string",
      plain ? `put it in quotes: "${String(value)}"` : undefined,
      plain ? { quote: true } : undefined,
    );
  }

  #wrongBoolean(value: unknown): unknown {
    const plain = typeof value === "string" && /^(?:true|false)$/i.test(value);
    if (!plain) return this.#wrongType(value, "true or false");
    const word = value.toLowerCase();
    const edit = { to: word === "true" };
    return this.#wrongType(value, "true or false", `write ${word} without quotes`, edit);
  }

  #wrongList(value: unknown): unknown {
    const hint = isRecord(value) ? 'begin each item with "- "' : undefined;
    return this.#wrongType(value, "a list", hint);
  }

  #wrongType(value: unknown, expected: string, hint?: string, edit?: FieldEdit): unknown {
    this.#find("field-type", `expected ${expected}, found ${describeValue(value)}`, hint, edit);
    return value;
  }

  #unknownField(name: string, value: unknown, definition: Definition): void {
    const near = nearestName(name, definition.fields.keys());
    const path = [...this.#path, name];
    if (
      definition.name === "meta/v1.ObjectMeta" &&
      near === undefined &&
      typeof value !== "object"
    ) {
      this.#findings.push({
        rule: "label-misplaced",
        severity: "error",
        usable: true,
        message: `${quote(name)} is no field of metadata`,
        hint: `if it is a label, it belongs under metadata.labels: labels: { ${name}: ${String(value)} }`,
        path,
        at: "key",
      });
      return;
    }
    this.#findings.push({
      rule: "unknown-field",
      severity: "error",
      usable: true,
      message: `there is no field ${quote(name)} here`,
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      path,
      at: "key",
    });
  }

  #find(rule: string, message: string, hint?: string, edit?: FieldEdit): void {
    const path = [...this.#path];
    this.#findings.push({
      rule,
      severity: "error",
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(edit === undefined ? {} : { edit }),
      path,
    });
  }
}

const KEPT_SOURCES: ReadonlySet<string> = new Set([
  "image",
  "clusterTrustBundle",
  "podCertificate",
]);

/** Structs that every object has: code here relies on them. */
const STRUCTURE: ReadonlySet<string> = new Set(["metadata", "spec", "template", "jobTemplate"]);

function zeroOf(type: FieldType): unknown {
  if (type.type === "list") return [];
  if (type.type === "map") return {};
  return type.type in ZERO ? ZERO[type.type as keyof typeof ZERO] : undefined;
}
