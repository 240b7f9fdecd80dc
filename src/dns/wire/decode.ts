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
 * Reads a whole message, strictly: pointers only go back, no bytes are left over, record data has the form of its
 * type.
 * @throws WireError with the exact reason and offset.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length < 12) throw new WireError("header-cut", bytes.length);
  const high = bytes[2] as number;
  const low = bytes[3] as number;
  at = 12;
  const questions = readQuestions(bytes, uint16(bytes, 4));
  const answers = readSection(bytes, uint16(bytes, 6));
  const authority = readSection(bytes, uint16(bytes, 8));
  const count = uint16(bytes, 10);
  const opt: OptSlot | undefined = count === 0 ? undefined : {};
  const additional = readSection(bytes, count, opt);
  if (at !== bytes.length) throw new WireError("trailing-bytes", at);
  const message: Message = {
    id: uint16(bytes, 0),
    qr: (high & 0x80) !== 0,
    opcode: (high >> 3) & 15,
    aa: (high & 4) !== 0,
    tc: (high & 2) !== 0,
    rd: (high & 1) !== 0,
    ra: (low & 0x80) !== 0,
    ad: (low & 0x20) !== 0,
    cd: (low & 0x10) !== 0,
    rcode: rcodeName((low & 15) | ((opt?.extendedRcode ?? 0) << 4)),
    questions,
    answers,
    authority,
    additional,
  };
  return opt?.edns === undefined ? message : { ...message, edns: opt.edns };
}

/** How far the current message has been read. */
let at = 0;

const NO_RECORDS: readonly ResourceRecord[] = Object.freeze([]);

interface OptSlot {
  edns?: Edns;
  extendedRcode?: number;
}

function uint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

function uint32(bytes: Uint8Array, offset: number): number {
  return uint16(bytes, offset) * 65536 + uint16(bytes, offset + 2);
}

function readQuestions(bytes: Uint8Array, count: number): readonly Question[] {
  // Nearly always there is one; growing an empty list would allocate room for many.
  if (count === 1) return [readQuestion(bytes)];
  const questions: Question[] = [];
  for (let i = 0; i < count; i++) questions.push(readQuestion(bytes));
  return questions;
}

function readQuestion(bytes: Uint8Array): Question {
  const name = readName(bytes, at);
  const end = nameEnd;
  if (end + 4 > bytes.length) throw new WireError("question-cut", end);
  at = end + 4;
  return { name, type: type.typeName(uint16(bytes, end)), class: uint16(bytes, end + 2) };
}

function readSection(bytes: Uint8Array, count: number, opt?: OptSlot): readonly ResourceRecord[] {
  if (count === 0) return NO_RECORDS;
  const records: ResourceRecord[] = [];
  for (let i = 0; i < count; i++) {
    const start = at;
    const name = readName(bytes, start);
    const head = nameEnd;
    if (head + 10 > bytes.length) throw new WireError("record-cut", head);
    const code = uint16(bytes, head);
    const length = uint16(bytes, head + 8);
    const end = head + 10 + length;
    if (end > bytes.length) throw new WireError("record-cut", head);
    at = end;
    if (code === type.TYPE_OPT && opt !== undefined) {
      if (opt.edns !== undefined) throw new WireError("opt-duplicate", start);
      if (name !== ".") throw new WireError("opt-owner", start);
      opt.extendedRcode = bytes[head + 4] as number;
      opt.edns = {
        udpSize: uint16(bytes, head + 2),
        version: bytes[head + 5] as number,
        do: ((bytes[head + 6] as number) & 0x80) !== 0,
        options: readOptions(bytes, head + 10, end),
      };
      continue;
    }
    const rrClass = uint16(bytes, head + 2);
    const ttl = uint32(bytes, head + 4);
    const base = rrClass === CLASS_IN ? { name, ttl } : { name, ttl, class: rrClass };
    records.push({ ...base, ...readData(bytes, code, head + 10, end) } as ResourceRecord);
  }
  return records;
}

/** @throws WireError */
export function readOptions(bytes: Uint8Array, start: number, end: number): EdnsOption[] {
  const options: EdnsOption[] = [];
  for (let option = start; option < end; ) {
    if (option + 4 > end) throw new WireError("opt-option-cut", option);
    const next = option + 4 + uint16(bytes, option + 2);
    if (next > end) throw new WireError("opt-option-cut", option);
    options.push({
      code: uint16(bytes, option),
      data: new Uint8Array(bytes.subarray(option + 4, next)),
    });
    option = next;
  }
  return options;
}

function readData(bytes: Uint8Array, code: number, start: number, end: number): object {
  const need = (good: boolean) => {
    if (!good) throw new WireError("record-data", start);
  };
  const name = (offset: number) => {
    const text = readName(bytes, offset);
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
      const numbers = nameEnd;
      need(end - numbers === 20);
      const [serial, refresh, retry, expire, minimum] = [0, 4, 8, 12, 16].map((i) =>
        uint32(bytes, numbers + i),
      );
      return { type: "SOA", data: { mname, rname, serial, refresh, retry, expire, minimum } };
    }
    case type.TYPE_TXT: {
      const data: string[] = [];
      for (let text = start; text < end; ) {
        const next = text + 1 + (bytes[text] as number);
        need(next <= end);
        data.push(Buffer.from(bytes.subarray(text + 1, next)).toString("latin1"));
        text = next;
      }
      need(data.length > 0);
      return { type: "TXT", data };
    }
    default:
      return { type: type.typeName(code), data: new Uint8Array(bytes.subarray(start, end)) };
  }
}
