import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { isRecord, quote } from "../../objects/json.ts";
import { parseAttachAddress } from "../attach-address.ts";
import type { ConfigValues } from "../config-values.ts";
import type {
  AttachAddress,
  AttachEntry,
  RunEntry,
  StubEntry,
  WorkloadTarget,
} from "../local-config.ts";
import { parseStub } from "../stub-pattern.ts";
import { parseTarget, targetText } from "../workload-target.ts";
import { PROCESS, processSchema, readProcess } from "./local-process.ts";
import { type FieldTypes, fieldsSchema, readFields } from "./mapping-types.ts";
import { count, flag, text } from "./scalar-types.ts";
import { type JsonSchema, ValueRefusal, type ValueType } from "./value-type.ts";

const RUN_TARGET = { replicas: count("pods"), namespace: text, beside: flag } satisfies FieldTypes;

const RUN = { ...PROCESS, ...RUN_TARGET, container: text } satisfies FieldTypes;

/** `container: true`: the pod's own images run. */
const OWN_IMAGE = {
  container: { ...flag, schema: { const: true } },
  env: PROCESS.env,
  envFile: PROCESS.envFile,
  ...RUN_TARGET,
} satisfies FieldTypes;

const OWN_IMAGE_SCHEMA = fieldsSchema(OWN_IMAGE, ["container"]);

/** The entries for the pods of a workload; several containers of a pod are a list. */
export const runEntries: ValueType<readonly RunEntry[]> = {
  schema: byTarget({
    anyOf: [
      ...branches(processSchema(RUN)),
      OWN_IMAGE_SCHEMA,
      { type: "array", items: { anyOf: [fieldsSchema(RUN, ["command"]), OWN_IMAGE_SCHEMA] } },
    ],
  }),
  says: "mapping of pods to commands",
  short: "command",
  read: (value, at, values) =>
    readByTarget(value, at, values, (target, entry, place) => {
      if (isRecord(entry) && entry["container"] === true) {
        return readOwnImage(target, entry, place, values);
      }
      const read = readProcess(RUN, entry, place, values);
      if (read === undefined) return undefined;
      const { namespace: _, ...process } = read;
      return { target, ...process, position: values.locate(place, "key") };
    }),
};

function readOwnImage(
  target: WorkloadTarget,
  entry: Readonly<Record<string, unknown>>,
  place: FieldPath,
  values: ConfigValues,
): RunEntry | undefined {
  if (entry["command"] !== undefined) {
    const message = "a container runs the command of its image, or the one its pod names";
    const hint = "leave out command: or container: true";
    values.error("config-command", [...place, "command"], message, hint);
    return undefined;
  }
  const read = readFields(OWN_IMAGE, entry, place, values);
  if (read === undefined) return undefined;
  const { container: _, namespace: __, env = {}, ...rest } = read;
  return { target, ownImage: true, env, ...rest, position: values.locate(place, "key") };
}

const address: ValueType<AttachAddress> = {
  schema: { type: ["string", "integer"] },
  says: "address of a process",
  read(value, at, values) {
    const word = typeof value === "string" || typeof value === "number" ? value : "";
    const read = parseAttachAddress(word);
    if (read !== undefined) return read;
    const message = `${quote(String(value ?? ""))} is no address of a process`;
    const hint = "write 127.0.0.1:3000, localhost:3000 or [::1]:3000";
    values.error("config-address", at, message, hint);
    return undefined;
  },
};

/** One, or a list of them. */
const addresses: ValueType<readonly AttachAddress[]> = {
  schema: { anyOf: [address.schema, { type: "array", items: address.schema }] },
  says: "address of a process, or a list of them",
  read: (value, at, values) =>
    Array.isArray(value)
      ? value.flatMap((each: unknown, i) => address.read(each, [...at, i], values) ?? [])
      : [address.read(value, at, values) ?? []].flat(),
};

const ATTACH = { addresses, namespace: text, beside: flag } satisfies FieldTypes;

/** Addresses of processes that the user starts and stops, one for each pod. */
export const attachEntries: ValueType<readonly AttachEntry[]> = {
  schema: byTarget({
    anyOf: [...branches(addresses.schema), fieldsSchema(ATTACH, ["addresses"])],
  }),
  says: "mapping of pods to addresses",
  short: "addresses",
  read: (value, at, values) =>
    readByTarget(value, at, values, (target, entry, place) => {
      const position = values.locate(place, "key");
      if (!isRecord(entry))
        return { target, addresses: addresses.read(entry, place, values) ?? [], position };
      const { namespace: _, ...read } = readFields(ATTACH, entry, place, values) ?? {};
      return { target, addresses: [], ...read, position };
    }),
};

/** Pods that an echo answers for, as {@link parseStub} has them. */
export const stubEntries: ValueType<readonly StubEntry[]> = {
  schema: { type: "array", items: { type: "string" } },
  says: "list of: pods, NAMESPACE/* or *",
  repeats: true,
  read: (value, at, values) =>
    value === undefined || value === null
      ? undefined
      : values.strings(value, at).flatMap((pattern, i) => {
          const place = [...at, i];
          const reading = parseStub(pattern);
          if (!("message" in reading)) return [{ ...reading, position: values.locate(place) }];
          values.error("config-target", place, reading.message, reading.hint);
          return [];
        }),
  parse(words) {
    const stubs: StubEntry[] = [];
    for (const word of words) {
      const reading = parseStub(word);
      if ("message" in reading) {
        return {
          word,
          refusal: new ValueRefusal(`is no pattern of pods: ${reading.message}`, reading.hint),
        };
      }
      stubs.push({ ...reading, position: { file: "--stub", line: 1, column: 1 } });
    }
    return stubs;
  },
  show: (stubs) => stubs.map(({ target }) => (target ? targetText(target) : "*")).join(", "),
};

function byTarget(entry: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties: entry };
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  return schema["anyOf"] as readonly JsonSchema[];
}

/** Reads a mapping of targets to entries, each one entry or a list of them. */
function readByTarget<T>(
  value: unknown,
  at: FieldPath,
  values: ConfigValues,
  read: (target: WorkloadTarget, entry: unknown, place: FieldPath) => T | undefined,
): T[] | undefined {
  if (value === undefined || value === null) return undefined;
  return Object.entries(values.mapping(value, at) ?? {}).flatMap(([key, entry]) => {
    const place = [...at, key];
    const namespace = isRecord(entry) ? entry["namespace"] : undefined;
    const reading = parseTarget(key, typeof namespace === "string" ? namespace : undefined);
    if (!("target" in reading)) {
      values.error("config-target", place, reading.message, reading.hint, "key");
      return [];
    }
    const isList = Array.isArray(entry) && entry.length > 0 && entry.every(isRecord);
    const parts: [unknown, FieldPath][] = isList
      ? entry.map((part, i) => [part, [...place, i]])
      : [[entry, place]];
    return parts.flatMap(([part, where]) => read(reading.target, part, where) ?? []);
  });
}
