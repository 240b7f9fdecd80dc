import { mappedIPv4, parseIPv4, parseIPv6 } from "./address.ts";
import { CLASS_IN, type EdnsOption, type ResourceRecord, type TextRecord } from "./message.ts";
import { copyMessage } from "./message-memory.ts";
import { NameWriter } from "./name-writer.ts";
import * as type from "./record-type.ts";
import { EncodeError } from "./wire-error.ts";

const MAX_MESSAGE = 65535;
const HEADER = 12;

/**
 * Room for a message of full size and one more record: a record is written first and taken back if it exceeds the
 * limit. Shared by all writers, since a message is written without interruption and copied at the end.
 */
const scratch = Buffer.alloc(2 * MAX_MESSAGE + 4098);
const scratchWords = new Int32Array(scratch.buffer, scratch.byteOffset, scratch.length / 4);

/**
 * Writes one message, never longer than its limit: question, records in order, OPT, header.
 * Names are compressed wherever RFC 1035 and RFC 3597 allow it; targets in SRV data are not (RFC 2782).
 */
export class MessageWriter {
  readonly #names = new NameWriter(scratch);
  #limit = 0;
  #at = HEADER;
  #questions = 0;
  #answers = 0;
  #authority = 0;
  #additional = 0;
  #full = false;
  /** Offset of the serial of the last SOA, or -1. */
  serialAt = -1;
  /** Offsets of the data of A and AAAA records in the answer section, if they were asked for. */
  addressesAt: number[] | undefined;

  /**
   * Begins a message; the one before must be finished or abandoned, since they share the buffer.
   * @param reserved bytes kept free for an OPT record.
   */
  static begin(limit: number, reserved = 0, addressesAt?: number[]): MessageWriter {
    writer.#names.begin();
    writer.#limit = Math.min(limit, MAX_MESSAGE) - reserved;
    writer.#at = HEADER;
    writer.#questions = 0;
    writer.#answers = 0;
    writer.#authority = 0;
    writer.#additional = 0;
    writer.#full = false;
    writer.serialAt = -1;
    writer.addressesAt = addressesAt;
    return writer;
  }

  /** Whether a record was left out because it didn't fit. */
  get truncated(): boolean {
    return this.#full;
  }

  /** @throws EncodeError */
  question(name: string, typeCode: number, classCode: number): void {
    const at = this.#names.question(this.#at, name);
    putUint16(at, typeCode);
    putUint16(at + 2, classCode);
    this.#at = at + 4;
    this.#questions++;
  }

  /** Copies a question byte for byte; its name must have no pointers. */
  rawQuestion(bytes: Uint8Array, start: number, end: number, name: string): void {
    scratch.set(bytes.subarray(start, end), HEADER);
    this.#names.noteQuestion(name);
    this.#at = HEADER + end - start;
    this.#questions = 1;
  }

  /**
   * @param section 1 answer, 2 authority, 3 additional.
   * @throws EncodeError
   */
  records(section: 1 | 2 | 3, records: readonly ResourceRecord[]): void {
    for (const record of records) {
      if (this.#full) return;
      const end =
        record.type === "A" && this.#names.isQuestion(record.name)
          ? this.#ownAddress(this.#at, record, section)
          : this.#record(this.#at, record, section);
      if (end > this.#limit) {
        this.#full = true;
        return;
      }
      this.#at = end;
      if (section === 1) this.#answers++;
      else if (section === 2) this.#authority++;
      else this.#additional++;
    }
  }

  /** The OPT record; its room was reserved. */
  opt(udpSize: number, ttl: number, options: readonly EdnsOption[]): void {
    let at = this.#at;
    scratch[at] = 0;
    putUint16(at + 1, type.TYPE_OPT);
    putUint16(at + 3, udpSize);
    putUint32(at + 5, ttl);
    putUint16(at + 9, optionsLength(options));
    at += 11;
    for (const option of options) {
      putUint16(at, option.code);
      putUint16(at + 2, option.data.length);
      scratch.set(option.data, at + 4);
      at += 4 + option.data.length;
    }
    this.#at = at;
    this.#additional++;
  }

  /** Writes the header and copies the message out. */
  finish(id: number, flags: number): Uint8Array {
    putUint16(0, id);
    putUint16(2, flags);
    putUint16(4, this.#questions);
    putUint16(6, this.#answers);
    putUint16(8, this.#authority);
    putUint16(10, this.#additional);
    return copyMessage(scratchWords, 0, this.#at);
  }

  // Methods that write at an offset return where they end.

  /** Most records are addresses of the name that was asked for: this is their fast path. */
  #ownAddress(at: number, record: TextRecord, section: number): number {
    if (section === 1) this.addressesAt?.push(at + 12);
    putUint16(at, 0xc000 | HEADER);
    putUint16(at + 2, type.TYPE_A);
    putUint16(at + 4, record.class ?? CLASS_IN);
    putUint32(at + 6, record.ttl);
    putUint16(at + 10, 4);
    putUint32(at + 12, ipv4(record.data));
    return at + 16;
  }

  #record(start: number, record: ResourceRecord, section: number): number {
    const at = this.#names.write(start, record.name, true);
    const code = type.typeCode(record.type);
    if (code === undefined) {
      throw new EncodeError("text", `unknown record type ${record.type}`, record.type);
    }
    putUint16(at, code);
    putUint16(at + 2, record.class ?? CLASS_IN);
    putUint32(at + 4, record.ttl);
    const end = this.#data(at + 10, record, section);
    const length = end - at - 10;
    if (length > 0xffff) {
      throw new EncodeError("size", "record data is longer than 65535 bytes", record);
    }
    putUint16(at + 8, length);
    return end;
  }

  #data(at: number, record: ResourceRecord, section: number): number {
    const names = this.#names;
    switch (record.type) {
      case "A":
        if (section === 1) this.addressesAt?.push(at);
        putUint32(at, ipv4(record.data));
        return at + 4;
      case "AAAA":
        if (section === 1) this.addressesAt?.push(at);
        for (const [i, group] of ipv6(record.data).entries()) putUint16(at + 2 * i, group);
        return at + 16;
      case "CNAME":
      case "NS":
      case "PTR":
        return names.write(at, record.data, true);
      case "SRV":
        putUint16(at, record.data.priority);
        putUint16(at + 2, record.data.weight);
        putUint16(at + 4, record.data.port);
        return names.write(at + 6, record.data.target, false);
      case "MX":
        putUint16(at, record.data.preference);
        return names.write(at + 2, record.data.exchange, true);
      case "SOA": {
        const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
        const numbers = names.write(names.write(at, mname, true), rname, true);
        this.serialAt = numbers;
        putUint32(numbers, serial);
        putUint32(numbers + 4, refresh);
        putUint32(numbers + 8, retry);
        putUint32(numbers + 12, expire);
        putUint32(numbers + 16, minimum);
        return numbers + 20;
      }
      case "TXT":
        return putStrings(at, record.data);
      default:
        needRoom(at, record.data.length, record);
        scratch.set(record.data, at);
        return at + record.data.length;
    }
  }
}

/** Writing is synchronous, so one instance is enough. */
const writer = new MessageWriter();

export function optionsLength(options: readonly EdnsOption[]): number {
  return options.reduce((sum, option) => sum + 4 + option.data.length, 0);
}

function putUint16(at: number, value: number): void {
  scratch[at] = value >> 8;
  scratch[at + 1] = value;
}

function putUint32(at: number, value: number): void {
  scratch[at] = value >>> 24;
  scratch[at + 1] = value >>> 16;
  scratch[at + 2] = value >>> 8;
  scratch[at + 3] = value;
}

function putStrings(start: number, strings: readonly string[]): number {
  let at = start;
  for (const text of strings.length === 0 ? [""] : strings) {
    if (text.length > 255 || /[^\u0000-\u00ff]/.test(text)) {
      throw new EncodeError("text", "a character string has at most 255 bytes", text);
    }
    needRoom(at, text.length + 1, strings);
    scratch[at] = text.length;
    scratch.write(text, at + 1, "latin1");
    at += 1 + text.length;
  }
  return at;
}

function needRoom(at: number, bytes: number, value: unknown): void {
  if (at + bytes > scratch.length) {
    throw new EncodeError("size", "record data is longer than 65535 bytes", value);
  }
}

function ipv4(text: string): number {
  const value = parseIPv4(text);
  if (value >= 0) return value;
  const mapped = mappedIPv4(parseIPv6(text) ?? []);
  if (mapped < 0) throw new EncodeError("address", `"${text}" is no IPv4 address`, text);
  return mapped;
}

function ipv6(text: string): readonly number[] {
  const groups = parseIPv6(text);
  if (groups === undefined) {
    throw new EncodeError("address", `"${text}" is no IPv6 address`, text);
  }
  return groups;
}
