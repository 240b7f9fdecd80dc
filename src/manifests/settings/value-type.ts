import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { quote } from "../../objects/json.ts";
import type { ConfigValues } from "../config-values.ts";

/** What editors are told of a value, in the terms of JSON schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Why a text is no value of a type. */
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

/** What a setting may be: how the file and the command line say it, and how editors and pages describe it. */
export interface ValueType<T> {
  readonly schema: JsonSchema;
  /** How a person is told what to write: `seconds`, `pods, host or auto`. */
  readonly says: string;
  /** The field that an entry says which is no mapping: `deploy/api: npm start` is its command. */
  readonly short?: string;
  /** Whether an option may give it several times. */
  readonly repeats?: true;
  /** The values to choose from, where only a few are valid; for completion and messages. */
  readonly choices?: readonly string[];
  /**
   * Reads a value of the file. What is wrong is told there.
   * @returns undefined for a value that is absent or wrong.
   */
  read(value: unknown, path: FieldPath, values: ConfigValues): T | undefined;
  /**
   * Reads the words of an option: one, or several where it may be repeated.
   * @param folder what relative paths are relative to
   */
  parse?(words: readonly string[], folder: string): T | WordRefusal;
  /** The value in one line. Absent for what is shown as it is written. */
  show?(value: T): string;
}

/** A refusal, and the word it is about. */
export interface WordRefusal {
  readonly word: string;
  readonly refusal: ValueRefusal;
}

export function isWordRefusal(value: unknown): value is WordRefusal {
  return typeof value === "object" && value !== null && "refusal" in value;
}

export interface WordType<T> extends Pick<ValueType<T>, "schema" | "says" | "choices"> {
  parse(word: string, folder: string): T | ValueRefusal;
  /** The word that is meant by something else in the file: YAML has `off` for false. */
  wordOf?(value: unknown): unknown;
  show?(value: T): string;
}

/** A value that one word says. */
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
