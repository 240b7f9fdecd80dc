import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { quote } from "../../objects/json.ts";
import type { ConfigValues } from "../config-values.ts";

/** A value's description in JSON schema, for editors. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Why a text is not valid for a type. */
export class ValueRefusal {
  /** Continues the text: `is no address to listen on`. */
  readonly what: string;
  readonly hint: string | undefined;
  readonly rule: string;

  constructor(what: string, hint?: string, rule = "config-type") {
    this.what = what;
    this.hint = hint;
    this.rule = rule;
  }
}

/** The type of a setting: how the file and the command line write it, and how editors and pages describe it. */
export interface ValueType<T> {
  readonly schema: JsonSchema;
  /** What to write, for people: `seconds`, `pods, host or auto`. */
  readonly says: string;
  /** The field that an entry's short form sets: `deploy/api: npm start` sets its command. */
  readonly short?: string;
  /** Whether an option may give it several times. */
  readonly repeats?: true;
  /** The values to choose from, where only a few are valid; for completion and messages. */
  readonly choices?: readonly string[];
  /** Reads a value of the file and reports errors. @returns undefined for an absent or invalid value. */
  read(value: unknown, path: FieldPath, values: ConfigValues): T | undefined;
  /**
   * Reads the words of an option: one, or several where it may be repeated.
   * @param folder what relative paths are relative to
   */
  parse?(words: readonly string[], folder: string): T | WordRefusal;
  /** The value in one line. Absent for what is shown as it is written. */
  show?(value: T): string;
}

/** A refusal, and the word that caused it. */
export interface WordRefusal {
  readonly word: string;
  readonly refusal: ValueRefusal;
}

export function isWordRefusal(value: unknown): value is WordRefusal {
  return typeof value === "object" && value !== null && "refusal" in value;
}

export interface WordType<T> extends Pick<ValueType<T>, "schema" | "says" | "choices"> {
  parse(word: string, folder: string): T | ValueRefusal;
  /** The word that another type in YAML means: `off` is read as false. */
  wordOf?(value: unknown): unknown;
  show?(value: T): string;
}

/** A value that is written as one word. */
export function wordType<T>({
  parse,
  wordOf = (value) => value,
  show = String,
  ...type
}: WordType<T>) {
  return {
    ...type,
    read(value: unknown, path: FieldPath, values: ConfigValues): T | undefined {
      const word = values.string(wordOf(value), path);
      if (word === undefined) return undefined;
      const result = parse(word, values.folder);
      if (!(result instanceof ValueRefusal)) return result;
      values.error(result.rule, path, `${quote(word)} ${result.what}`, result.hint);
      return undefined;
    },
    parse([word = ""]: readonly string[], folder: string): T | WordRefusal {
      const result = parse(word, folder);
      return result instanceof ValueRefusal ? { word, refusal: result } : result;
    },
    show,
  } satisfies ValueType<T>;
}
