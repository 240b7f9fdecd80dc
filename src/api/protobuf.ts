import protobuf from "protobufjs/minimal.js";
import { definitionNamed, type Field, type FieldType } from "../objects/definition.ts";
import { definitionOfKind } from "../objects/resource.ts";
import { badRequest, StatusError, unsupportedMediaType } from "./status.ts";

/** Kubernetes' envelope begins with these bytes: `k8s` and a zero byte. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
/** Deeper than any built-in kind except JSONSchemaProps, which no client sends in this form. */
const MAX_DEPTH = 64;

type Reader = protobuf.Reader;

/**
 * Reads a body of `application/vnd.kubernetes.protobuf`: an envelope (runtime.Unknown) with the kind and its message,
 * whose field numbers are in the kinds' tables (A.1). Zero values that the message leaves out are absent here, too.
 * @throws StatusError for an invalid body, or a kind without field numbers
 */
export function readProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw badRequest("provided data does not appear to be a protobuf message");
  }
  try {
    const { apiVersion, kind, raw } = readEnvelope(protobuf.Reader.create(body.subarray(4)));
    const definition = definitionOf(apiVersion, kind);
    return { apiVersion, kind, ...readMessage(protobuf.Reader.create(raw), definition, 0) };
  } catch (cause) {
    if (cause instanceof StatusError) throw cause;
    throw badRequest(`unable to decode the protobuf message: ${(cause as Error).message}`);
  }
}

function definitionOf(apiVersion: string, kind: string): string {
  // DeleteOptions exists in every group.
  if (kind === "DeleteOptions") return "meta/v1.DeleteOptions";
  const definition = definitionOfKind(apiVersion, kind);
  if (definition !== undefined && definition !== "") return definition;
  throw unsupportedMediaType(
    `there is no protobuf form of ${kind} in ${apiVersion} here; use JSON`,
  );
}

function readEnvelope(reader: Reader) {
  let apiVersion = "";
  let kind = "";
  let raw: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case 1: {
        const end = reader.uint32() + reader.pos;
        while (reader.pos < end) {
          const inner = reader.uint32();
          if (inner >>> 3 === 1) apiVersion = reader.string();
          else if (inner >>> 3 === 2) kind = reader.string();
          else reader.skipType(inner & 7);
        }
        break;
      }
      case 2:
        raw = reader.bytes();
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return { apiVersion, kind, raw };
}

/** The fields of a message by number. Messages that JSON flattens are found under their number. */
interface Numbered {
  readonly field?: Field;
  readonly below?: Map<number, Numbered>;
}

const numbered = new Map<string, Map<number, Numbered>>();

function numbersOf(definition: string): Map<number, Numbered> {
  let numbers = numbered.get(definition);
  if (numbers === undefined) {
    numbers = new Map();
    for (const field of definitionNamed(definition).fields.values()) {
      let level = numbers;
      for (const number of field.numbers.slice(0, -1)) {
        const entry = level.get(number) ?? { below: new Map<number, Numbered>() };
        level.set(number, entry);
        level = entry.below ?? new Map();
      }
      const last = field.numbers.at(-1);
      if (last !== undefined) level.set(last, { field });
    }
    numbered.set(definition, numbers);
  }
  return numbers;
}

function readMessage(reader: Reader, definition: string, depth: number): Record<string, unknown> {
  return readFields(reader, numbersOf(definition), depth);
}

function readFields(
  reader: Reader,
  numbers: ReadonlyMap<number, Numbered>,
  depth: number,
): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new Error("the message is nested too deep");
  const result: Record<string, unknown> = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const entry = numbers.get(tag >>> 3);
    if (entry?.field !== undefined) readField(reader, tag & 7, entry.field, result, depth);
    else if (entry?.below !== undefined) {
      Object.assign(result, readFields(nested(reader), entry.below, depth + 1));
    } else reader.skipType(tag & 7);
  }
  return result;
}

function readField(
  reader: Reader,
  wireType: number,
  { name, type }: Field,
  result: Record<string, unknown>,
  depth: number,
): void {
  if (type.type === "list") {
    const list = (result[name] ?? []) as unknown[];
    result[name] = list;
    // Numbers may be packed.
    if (wireType === 2 && isVarint(type.of)) {
      const packed = nested(reader);
      while (packed.pos < packed.len) list.push(readValue(packed, type.of, depth));
    } else list.push(readValue(reader, type.of, depth));
  } else if (type.type === "map") {
    const entry = nested(reader);
    let key = "";
    let value: unknown = emptyOf(type.of);
    while (entry.pos < entry.len) {
      const tag = entry.uint32();
      if (tag >>> 3 === 1) key = entry.string();
      else if (tag >>> 3 === 2) value = readValue(entry, type.of, depth);
      else entry.skipType(tag & 7);
    }
    const map = (result[name] ?? {}) as Record<string, unknown>;
    result[name] = map;
    // A key such as __proto__ is a key like any other.
    Object.defineProperty(map, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } else {
    const value = readValue(reader, type, depth);
    // Go encodes empty strings, too.
    if (value !== "" && value !== undefined) result[name] = value;
  }
}

function isVarint(type: FieldType): boolean {
  return type.type === "int32" || type.type === "int64" || type.type === "boolean";
}

function emptyOf(type: FieldType): unknown {
  return type.type === "string" || type.type === "bytes" || type.type === "word" ? "" : {};
}

function nested(reader: Reader): Reader {
  return protobuf.Reader.create(reader.bytes());
}

function readValue(reader: Reader, type: FieldType, depth: number): unknown {
  switch (type.type) {
    case "record":
      return readMessage(nested(reader), type.definition, depth + 1);
    case "string":
    case "word":
      return reader.string();
    case "boolean":
      return reader.bool();
    case "int32":
      return reader.int32();
    case "int64":
      return Number(reader.int64());
    case "number":
      return reader.double();
    case "bytes":
      return Buffer.from(reader.bytes()).toString("base64");
    case "intOrString":
      return readIntOrString(nested(reader));
    case "quantity":
      return readStrings(nested(reader)) ?? "0";
    case "time":
    case "microTime":
      return readTime(nested(reader), type.type);
    case "duration":
      return `${Number(readNumbers(nested(reader)).get(1) ?? 0) / 1e9}s`;
    case "json":
      return readRawJson(nested(reader));
    case "list":
    case "map":
      throw new Error("a list in a list");
  }
}

function readIntOrString(reader: Reader): number | string {
  let kind = 0;
  let number = 0;
  let text = "";
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) kind = reader.int32();
    else if (tag >>> 3 === 2) number = reader.int32();
    else if (tag >>> 3 === 3) text = reader.string();
    else reader.skipType(tag & 7);
  }
  return kind === 0 ? number : text;
}

/** The first field of a message that consists of strings. */
function readStrings(reader: Reader): string | undefined {
  let text: string | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1 && (tag & 7) === 2) text = reader.string();
    else reader.skipType(tag & 7);
  }
  return text;
}

function readNumbers(reader: Reader): Map<number, number> {
  const numbers = new Map<number, number>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 0) numbers.set(tag >>> 3, Number(reader.int64()));
    else reader.skipType(tag & 7);
  }
  return numbers;
}

/** A Timestamp; the zero time, which Go encodes as an empty message, is absent in JSON. */
function readTime(reader: Reader, type: "time" | "microTime"): string | undefined {
  const numbers = readNumbers(reader);
  const seconds = numbers.get(1);
  if (seconds === undefined) return undefined;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (type === "time") return `${whole}Z`;
  const micro = Math.floor((numbers.get(2) ?? 0) / 1000);
  return `${whole}.${String(micro).padStart(6, "0")}Z`;
}

/** FieldsV1, RawExtension, JSON: bytes of JSON in field 1. */
function readRawJson(reader: Reader): unknown {
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) return JSON.parse(Buffer.from(reader.bytes()).toString("utf8"));
    reader.skipType(tag & 7);
  }
  return undefined;
}
