import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import type { ConfigValues } from "../config-values.ts";
import type { ImageEntry, LocalProcess } from "../local-config.ts";
import {
  type FieldTypes,
  fieldsSchema,
  readFields,
  stringMap,
  type ValuesOf,
} from "./mapping-types.ts";
import { flag, path } from "./scalar-types.ts";
import type { JsonSchema, ValueType } from "./value-type.ts";

const HINT = "write command: [node, server.js], or a line for the shell";

const COMMAND_SCHEMA: JsonSchema = {
  anyOf: [
    { type: "string", minLength: 1 },
    { type: "array", items: { type: "string" }, minItems: 1 },
  ],
};

/** A program and its arguments, or a line for the shell. */
const command: ValueType<string | readonly string[]> = {
  schema: COMMAND_SCHEMA,
  says: "list of words, or a line for the shell",
  read(value, at, values) {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string" && value.trim() !== "") return value;
    const words = values.strings(value, at);
    if (words.length === 0 && (!Array.isArray(value) || value.length === 0)) {
      values.error("config-command", at, "the command is empty", HINT);
    }
    return words;
  },
};

/** The fields of a process. */
export const PROCESS = {
  command,
  cwd: path,
  env: stringMap,
  envFile: path,
  register: flag,
} satisfies FieldTypes;

/** An entry that is a mapping with these fields, or only a command. */
export function processSchema(fields: FieldTypes): JsonSchema {
  return {
    anyOf: [...(COMMAND_SCHEMA["anyOf"] as JsonSchema[]), fieldsSchema(fields, ["command"])],
  };
}

/**
 * Reads an entry about a process.
 * @param fields those of {@link PROCESS}, and further ones
 */
export function readProcess<F extends typeof PROCESS>(
  fields: F,
  value: unknown,
  at: FieldPath,
  values: ConfigValues,
): (LocalProcess & Omit<ValuesOf<F>, keyof LocalProcess>) | undefined {
  const isShort = typeof value === "string" || Array.isArray(value);
  const entry: ValuesOf<typeof PROCESS> | undefined = isShort
    ? { command: command.read(value, at, values) ?? [] }
    : readFields(fields, value, at, values);
  if (entry === undefined) return undefined;
  if (entry.command === undefined) {
    values.error("config-command", at, "there is no command to run", HINT, "key");
    return undefined;
  }
  const { cwd = values.folder, env = {}, ...rest } = entry;
  return { ...rest, cwd, env } as LocalProcess & Omit<ValuesOf<F>, keyof LocalProcess>;
}

/** Entries for images, by patterns of their references. */
export const imageEntries: ValueType<readonly ImageEntry[]> = {
  schema: { type: "object", additionalProperties: processSchema(PROCESS) },
  says: "mapping of image patterns to commands",
  short: "command",
  read(value, at, values) {
    if (value === undefined || value === null) return undefined;
    return Object.entries(values.mapping(value, at) ?? {}).flatMap(([pattern, entry]) => {
      const place = [...at, pattern];
      const process = readProcess(PROCESS, entry, place, values);
      return process === undefined
        ? []
        : [{ pattern, ...process, position: values.locate(place, "key") }];
    });
  },
};
