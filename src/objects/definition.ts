import { type FieldHistory, historyOf } from "./release.ts";
import { DEFINITIONS } from "./tables/definitions.ts";

/** A type of the API with fields: a kind, or a part of one such as a container. */
export interface Definition {
  /** `core/v1.Container` */
  readonly name: string;
  /** Whether it comes from a CustomResourceDefinition: absent fields have no zero value then. */
  readonly custom: boolean;
  /** Whether server-side apply treats it as a unit. */
  readonly atomic: boolean;
  readonly fields: ReadonlyMap<string, Field>;
}

/** A field of a definition. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Its number in protobuf; a path of several through messages that JSON flattens. Absent: unknown to protobuf. */
  readonly numbers: readonly number[];
  readonly required: boolean;
  /** Whether a zero value differs from an absent one: in Go it is a pointer. */
  readonly pointer: boolean;
  /** Whether a server replaces an absent one by an empty one. */
  readonly present: boolean;
  readonly limits: Limits;
  /** The key of list items in a strategic merge patch; empty for lists and mappings that are merged without one. */
  readonly mergeKey: string | undefined;
  /** Whether such a patch removes the fields that it does not name. */
  readonly retainKeys: boolean;
  readonly default: unknown;
  /** Set where releases treat it differently. */
  readonly history: FieldHistory | undefined;
}

/** Limits of a value in a CustomResourceDefinition. */
export interface Limits {
  /** Of a text's length, a list's or mapping's size, or a number. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
}

/** The type of a field's value. */
export type FieldType =
  | { readonly type: Scalar }
  | { readonly type: "word"; readonly words: readonly string[] }
  | {
      readonly type: "list";
      readonly of: FieldType;
      readonly limits: Limits;
      readonly identity: ListIdentity;
    }
  | { readonly type: "map"; readonly of: FieldType }
  | { readonly type: "record"; readonly definition: string };

/** A value without fields, by its letter in kinds/*.txt. */
export type Scalar =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "number"
  | "intOrString"
  | "quantity"
  | "time"
  | "microTime"
  | "duration"
  | "bytes"
  | "json";

/** What identifies the items of a list: nothing, their value, or some of their fields. */
export type ListIdentity = "atomic" | "set" | readonly string[];

const SCALARS: ReadonlyMap<string, Scalar> = new Map([
  ["s", "string"],
  ["b", "boolean"],
  ["i", "int32"],
  ["l", "int64"],
  ["d", "number"],
  ["x", "intOrString"],
  ["q", "quantity"],
  ["t", "time"],
  ["T", "microTime"],
  ["D", "duration"],
  ["y", "bytes"],
  ["j", "json"],
]);

/** The lines of the table by name, split on first use, and the parsed definitions. */
let lines: ReadonlyMap<string, string> | undefined;
const read = new Map<string, Definition>();

/**
 * A definition by its name. The table is parsed on demand: a command that reads one Service does not wait for the
 * fields of all kinds.
 */
export function definitionNamed(name: string): Definition {
  let definition = read.get(name);
  if (definition === undefined) {
    lines ??= new Map(DEFINITIONS.split("\n").map((line) => splitOnce(line)));
    const text = lines.get(name);
    if (text === undefined) throw new Error(`there is no definition ${name}`);
    definition = readDefinition(name, text);
    read.set(name, definition);
  }
  return definition;
}

/** Parses the notation that kinds/facts.mjs describes. */
function readDefinition(name: string, text: string): Definition {
  const [mark, ...words] = text.split(" ");
  const fields = words
    .filter((word) => word !== "")
    .map((word) => new FieldReader(word).field())
    .map((field) => ({ ...field, history: historyOf(name, field.name) }));
  return {
    name,
    custom: mark === "@",
    atomic: mark === "%",
    fields: new Map(fields.map((field) => [field.name, field])),
  };
}

function splitOnce(line: string): [name: string, rest: string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}

class FieldReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.replaceAll("\\u0020", " ");
  }

  field(): Omit<Field, "history"> {
    const name = this.#match(/[^#:]+/y);
    const numbers = this.#take("#")
      ? this.#match(/[\d.]+/y)
          .split(".")
          .map(Number)
      : [];
    this.#take(":");
    const type = this.#type();
    const required = this.#take("!");
    const pointer = this.#take("*");
    const present = this.#take("^");
    const limits = this.#limits();
    const retainKeys = this.#text.endsWith("~~");
    const mergeKey = this.#take("~") ? this.#match(/\w*/y) : undefined;
    const rest = this.#text.slice(this.#at).replace(/^~*=?/, "");
    const fallback: unknown = rest === "" ? undefined : JSON.parse(rest);
    return {
      name,
      type,
      numbers,
      required,
      pointer,
      present,
      limits,
      mergeKey,
      retainKeys,
      default: fallback,
    };
  }

  #type(): FieldType {
    if (this.#take("(")) {
      const words = this.#match(/[^)]*/y).split("|");
      this.#take(")");
      return { type: "word", words };
    }
    if (this.#take("{")) {
      const of = this.#type();
      this.#take("}");
      return { type: "map", of };
    }
    if (this.#take("[")) {
      const of = this.#type();
      const limits = this.#limits();
      this.#take("]");
      return { type: "list", of, limits, identity: this.#identity() };
    }
    const word = this.#match(/[\w/.-]+/y);
    const scalar = SCALARS.get(word);
    return scalar === undefined ? { type: "record", definition: word } : { type: scalar };
  }

  #identity(): ListIdentity {
    if (this.#take("s")) return "set";
    if (!this.#take("m(")) return "atomic";
    const keys = this.#match(/[^)]*/y).split(",");
    this.#take(")");
    return keys;
  }

  #limits(): Limits {
    if (!this.#take("<")) return {};
    const [, min, max] = /^(-?[\d.]*?)\.\.(-?\d*)/.exec(this.#text.slice(this.#at)) ?? [];
    if (min !== undefined) this.#at += `${min}..${max}`.length;
    this.#take(",");
    let pattern: RegExp | undefined;
    if (this.#take("/")) {
      // A regular expression may contain any character; it ends at a slash before the closing bracket of the limits.
      const end = /\/>(?=$|[\]~=])/.exec(this.#text.slice(this.#at))!.index;
      pattern = new RegExp(this.#text.slice(this.#at, this.#at + end));
      this.#at += end + 1;
    }
    this.#take(">");
    return {
      ...(min ? { min: Number(min) } : {}),
      ...(max ? { max: Number(max) } : {}),
      ...(pattern === undefined ? {} : { pattern }),
    };
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }
}
