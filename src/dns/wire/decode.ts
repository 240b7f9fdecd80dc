import { formatIPv4, formatIPv6 } from "./address.ts";
import {
  CLASS_IN,
  type Edns,
  type EdnsOption,
  type Message,
  type Question,
  type ResourceRecord,
} from "./message.ts";
import { nameEnd, readName } from "./name.ts";
import { rcodeName } from "./rcode.ts";
import * as type from "./record-type.ts";
import { WireError } from "./wire-error.ts";

/**
 * Reads a whole message, strictly: pointers go back only, no byte is left over, record data has the form
 * of its type.
 * @throws WireError with the exact reason and place.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length < 12) throw new WireError("header-cut", bytes.length);
  const high = bytes[2] as number;
  const low = bytes[3] as number;
  const questions: Question[] = [];
  const reader = { bytes, at: 12 };
  for (let i = uint16(bytes, 4); i > 0; i--) questions.push(readQuestion(reader));
  const answers = readSection(reader, uint16(bytes, 6));
  const authority = readSection(reader, uint16(bytes, 8));
  const opt: OptSlot = {};
  const additional = readSection(reader, uint16(bytes, 10), opt);
  if (reader.at !== bytes.length) throw new WireError("trailing-bytes", reader.at);
  return {
    id: uint16(bytes, 0),
    qr: (high & 0x80) !== 0,
    opcode: (high >> 3) & 15,
    aa: (high & 4) !== 0,
    tc: (high & 2) !== 0,
    rd: (high & 1) !== 0,
    ra: (low & 0x80) !== 0,
    ad: (low & 0x20) !== 0,
    cd: (low & 0x10) !== 0,
    rcode: rcodeName((low & 15) | ((opt.extendedRcode ?? 0) << 4)),
    questions,
    answers,
    authority,
    additional,
    ...(opt.edns === undefined ? {} : { edns: opt.edns }),
  };
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

interface OptSlot {
  edns?: Edns;
  extendedRcode?: number;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 65536 + uint16(bytes, at + 2);
}

function readQuestion(reader: Reader): Question {
  const { bytes } = reader;
  const name = readName(bytes, reader.at);
  const at = nameEnd;
  if (at + 4 > bytes.length) throw new WireError("question-cut", at);
  reader.at = at + 4;
  return { name, type: type.typeName(uint16(bytes, at)), class: uint16(bytes, at + 2) };
}

function readSection(reader: Reader, count: number, opt?: OptSlot): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let i = 0; i < count; i++) {
    const { bytes } = reader;
    const start = reader.at;
    const name = readName(bytes, start);
    const at = nameEnd;
    if (at + 10 > bytes.length) throw new WireError("record-cut", at);
    const code = uint16(bytes, at);
    const length = uint16(bytes, at + 8);
    const end = at + 10 + length;
    if (end > bytes.length) throw new WireError("record-cut", at);
    reader.at = end;
    if (code === type.TYPE_OPT && opt !== undefined) {
      if (opt.edns !== undefined) throw new WireError("opt-duplicate", start);
      if (name !== ".") throw new WireError("opt-owner", start);
      opt.extendedRcode = bytes[at + 4] as number;
      opt.edns = {
        udpSize: uint16(bytes, at + 2),
        version: bytes[at + 5] as number,
        do: ((bytes[at + 6] as number) & 0x80) !== 0,
        options: readOptions(bytes, at + 10, end),
      };
      continue;
    }
    const rrClass = uint16(bytes, at + 2);
    const ttl = uint32(bytes, at + 4);
    const base = rrClass === CLASS_IN ? { name, ttl } : { name, ttl, class: rrClass };
    records.push({ ...base, ...readData(bytes, code, at + 10, end) } as ResourceRecord);
  }
  return records;
}

/** @throws WireError */
export function readOptions(bytes: Uint8Array, start: number, end: number): EdnsOption[] {
  const options: EdnsOption[] = [];
  for (let at = start; at < end; ) {
    if (at + 4 > end) throw new WireError("opt-option-cut", at);
    const next = at + 4 + uint16(bytes, at + 2);
    if (next > end) throw new WireError("opt-option-cut", at);
    options.push({ code: uint16(bytes, at), data: bytes.slice(at + 4, next) });
    at = next;
  }
  return options;
}

function readData(bytes: Uint8Array, code: number, start: number, end: number): object {
  const need = (good: boolean) => {
    if (!good) throw new WireError("record-data", start);
  };
  const name = (at: number) => {
    const text = readName(bytes, at);
    need(nameEnd <= end);
    return text;
  };
  switch (code) {
    case type.TYPE_A:
      need(end - start === 4);
      return { type: "A", data: formatIPv4(uint32(bytes, start)) };
    case type.TYPE_AAAA: {
      need(end - start === 16);
      const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((i) => uint16(bytes, start + i));
      return { type: "AAAA", data: formatIPv6(groups) };
    }
    case type.TYPE_CNAME:
    case type.TYPE_NS:
    case type.TYPE_PTR: {
      const data = name(start);
      need(nameEnd === end);
      return { type: type.typeName(code), data };
    }
    case type.TYPE_SRV: {
      need(end - start >= 7);
      const target = name(start + 6);
      need(nameEnd === end);
      const [priority, weight, port] = [0, 2, 4].map((i) => uint16(bytes, start + i));
      return { type: "SRV", data: { priority, weight, port, target } };
    }
    case type.TYPE_MX: {
      need(end - start >= 3);
      const exchange = name(start + 2);
      need(nameEnd === end);
      return { type: "MX", data: { preference: uint16(bytes, start), exchange } };
    }
    case type.TYPE_SOA: {
      const mname = name(start);
      const rname = name(nameEnd);
      const at = nameEnd;
      need(end - at === 20);
      const [serial, refresh, retry, expire, minimum] = [0, 4, 8, 12, 16].map((i) =>
        uint32(bytes, at + i),
      );
      return { type: "SOA", data: { mname, rname, serial, refresh, retry, expire, minimum } };
    }
    case type.TYPE_TXT: {
      const data: string[] = [];
      for (let at = start; at < end; ) {
        const next = at + 1 + (bytes[at] as number);
        need(next <= end);
        data.push(Buffer.from(bytes.subarray(at + 1, next)).toString("latin1"));
        at = next;
      }
      need(data.length > 0);
      return { type: "TXT", data };
    }
    default:
      return { type: type.typeName(code), data: bytes.slice(start, end) };
  }
}
