import { mappedIPv4, parseIPv4, parseIPv6 } from "./address.ts";
import { CLASS_IN, type EdnsOption, type ResourceRecord } from "./message.ts";
import { absolute, labelBytes, splitName } from "./name.ts";
import * as type from "./record-type.ts";
import { EncodeError } from "./wire-error.ts";

const MAX_MESSAGE = 65535;
const HEADER = 12;
/** Offsets from here on can't be named by a compression pointer. */
const POINTER_REACH = 0x4000;

/** A short message is copied faster byte by byte than by a call out of JavaScript. */
const COPY_BY_HAND = 160;

/**
 * Room for a full message and one more record of the largest size, so that a record is first written and
 * then taken back if it goes over the limit: the limit can't be overrun. Shared by all writers, since a
 * message is written without interruption and copied out at the end.
 */
const scratch = Buffer.alloc(2 * MAX_MESSAGE + 4096);

/**
 * Writes one message, never longer than its limit: question, records in order, OPT, header.
 * Names are compressed wherever RFC 1035 and RFC 3597 allow it; targets in SRV data are not (RFC 2782).
 */
export class MessageWriter {
  #limit = 0;
  #at = HEADER;
  #question = "";
  #names: Map<string, number> | undefined;
  #questions = 0;
  #answers = 0;
  #authority = 0;
  #additional = 0;
  #full = false;
  /** Where the serial of the last SOA stands, or -1. */
  serialAt = -1;
  /** Where the data of A and AAAA records in the answer section stands, if that was asked for. */
  addressesAt: number[] | undefined;

  /**
   * Begins a message; the one before must be finished or given up, since all share one writer.
   * @param reserved bytes kept free for an OPT record.
   */
  static begin(limit: number, reserved = 0, addressesAt?: number[]): MessageWriter {
    writer.#limit = Math.min(limit, MAX_MESSAGE) - reserved;
    writer.#at = HEADER;
    writer.#question = "";
    writer.#names = undefined;
    writer.#questions = 0;
    writer.#answers = 0;
    writer.#authority = 0;
    writer.#additional = 0;
    writer.#full = false;
    writer.serialAt = -1;
    writer.addressesAt = addressesAt;
    return writer;
  }

  /** Whether a record was left out for want of room. */
  get truncated(): boolean {
    return this.#full;
  }

  question(name: string, typeCode: number, classCode: number): void {
    if (this.#questions === 0) this.#question = name;
    if (!this.#plainName(name)) this.#name(name, false);
    this.#uint16(typeCode);
    this.#uint16(classCode);
    this.#questions++;
  }

  /** Copies a question whose name is known to be plain, byte for byte. */
  rawQuestion(bytes: Uint8Array, start: number, end: number, name: string): void {
    scratch.set(bytes.subarray(start, end), HEADER);
    this.#at = HEADER + end - start;
    this.#question = name;
    this.#questions = 1;
  }

  /** @param section 1 answer, 2 authority, 3 additional. */
  records(section: 1 | 2 | 3, records: readonly ResourceRecord[]): void {
    for (const record of records) {
      if (this.#full) return;
      const start = this.#at;
      this.#record(record, section);
      if (this.#at > this.#limit) {
        this.#at = start;
        this.#full = true;
        return;
      }
      if (section === 1) this.#answers++;
      else if (section === 2) this.#authority++;
      else this.#additional++;
    }
  }

  /** The OPT record; its room was reserved. */
  opt(udpSize: number, ttl: number, options: readonly EdnsOption[]): void {
    scratch[this.#at++] = 0;
    this.#uint16(type.TYPE_OPT);
    this.#uint16(udpSize);
    this.#uint32(ttl);
    this.#uint16(optionsLength(options));
    for (const option of options) {
      this.#uint16(option.code);
      this.#uint16(option.data.length);
      scratch.set(option.data, this.#at);
      this.#at += option.data.length;
    }
    this.#additional++;
  }

  /** Writes the header and copies the message out. */
  finish(id: number, flags: number): Buffer {
    const end = this.#at;
    this.#at = 0;
    this.#uint16(id);
    this.#uint16(flags);
    this.#uint16(this.#questions);
    this.#uint16(this.#answers);
    this.#uint16(this.#authority);
    this.#uint16(this.#additional);
    const message = Buffer.allocUnsafe(end);
    if (end < COPY_BY_HAND) for (let i = 0; i < end; i++) message[i] = scratch[i] as number;
    else scratch.copy(message, 0, 0, end);
    return message;
  }

  #record(record: ResourceRecord, section: number): void {
    this.#name(record.name, true);
    const code = record.type === "A" ? type.TYPE_A : type.typeCode(record.type);
    if (code === undefined) {
      throw new EncodeError("text", `unknown record type ${record.type}`, record.type);
    }
    this.#uint16(code);
    this.#uint16(record.class ?? CLASS_IN);
    this.#uint32(record.ttl);
    const lengthAt = this.#at;
    this.#at += 2;
    this.#data(record, section);
    const length = this.#at - lengthAt - 2;
    if (length > 0xffff) {
      throw new EncodeError("size", "record data is longer than 65535 bytes", record);
    }
    scratch[lengthAt] = length >> 8;
    scratch[lengthAt + 1] = length & 255;
  }

  #data(record: ResourceRecord, section: number): void {
    switch (record.type) {
      case "A":
        if (section === 1) this.addressesAt?.push(this.#at);
        this.#uint32(ipv4(record.data));
        return;
      case "AAAA":
        if (section === 1) this.addressesAt?.push(this.#at);
        for (const group of ipv6(record.data)) this.#uint16(group);
        return;
      case "CNAME":
      case "NS":
      case "PTR":
        this.#name(record.data, true);
        return;
      case "SRV":
        this.#uint16(record.data.priority);
        this.#uint16(record.data.weight);
        this.#uint16(record.data.port);
        this.#name(record.data.target, false);
        return;
      case "MX":
        this.#uint16(record.data.preference);
        this.#name(record.data.exchange, true);
        return;
      case "SOA":
        this.#name(record.data.mname, true);
        this.#name(record.data.rname, true);
        this.serialAt = this.#at;
        this.#uint32(record.data.serial);
        this.#uint32(record.data.refresh);
        this.#uint32(record.data.retry);
        this.#uint32(record.data.expire);
        this.#uint32(record.data.minimum);
        return;
      case "TXT":
        this.#strings(record.data);
        return;
      default:
        this.#room(record.data.length, record);
        scratch.set(record.data, this.#at);
        this.#at += record.data.length;
    }
  }

  #strings(strings: readonly string[]): void {
    for (const text of strings.length === 0 ? [""] : strings) {
      if (text.length > 255 || /[^\u0000-\u00ff]/.test(text)) {
        throw new EncodeError("text", "a character string has at most 255 bytes", text);
      }
      this.#room(text.length + 1, strings);
      scratch[this.#at] = text.length;
      scratch.write(text, this.#at + 1, "latin1");
      this.#at += 1 + text.length;
    }
  }

  #room(bytes: number, value: unknown): void {
    if (this.#at + bytes > scratch.length) {
      throw new EncodeError("size", "record data is longer than 65535 bytes", value);
    }
  }

  #uint16(value: number): void {
    scratch[this.#at] = value >> 8;
    scratch[this.#at + 1] = value & 255;
    this.#at += 2;
  }

  #uint32(value: number): void {
    const at = this.#at;
    scratch[at] = value >>> 24;
    scratch[at + 1] = value >>> 16;
    scratch[at + 2] = value >>> 8;
    scratch[at + 3] = value;
    this.#at = at + 4;
  }

  /** Writes a name without escapes in one go; false, and nothing written, if it is not so simple. */
  #plainName(name: string): boolean {
    const size = name.length;
    if (size < 2 || size > 254) return false;
    const start = this.#at;
    let lengthAt = start;
    for (let i = 0; i < size; i++) {
      const code = name.charCodeAt(i);
      if (code === 0x2e) {
        const length = start + i - lengthAt;
        if (length === 0 || length > 63) return false;
        scratch[lengthAt] = length;
        lengthAt = start + i + 1;
      } else {
        if (code === 0x5c || code > 255) return false;
        scratch[start + i + 1] = code;
      }
    }
    if (lengthAt !== start + size) return false;
    scratch[lengthAt] = 0;
    this.#at = lengthAt + 1;
    return true;
  }

  #name(name: string, compress: boolean): void {
    if (compress && name === this.#question && name !== ".") {
      this.#uint16(0xc000 | HEADER);
      return;
    }
    const seeded = this.#questions === 0 ? undefined : this.#seededNames();
    if (name.charCodeAt(name.length - 1) !== 46) {
      this.#name(absolute(name), compress);
      return;
    }
    if (name.includes("\\")) {
      this.#escapedName(name, compress, seeded);
      return;
    }
    const start = this.#at;
    for (let i = 0; name.length > 1 && i < name.length; ) {
      if (this.#pointer(i === 0 ? name : name.slice(i), compress, seeded)) return;
      const dot = name.indexOf(".", i);
      const length = dot - i;
      if (length === 0 || length > 63) {
        throw new EncodeError("name", `name "${name}" has a label of ${length} bytes`, name);
      }
      let at = this.#at;
      scratch[at++] = length;
      for (; i < dot; i++) {
        const code = name.charCodeAt(i);
        if (code > 255) throw new EncodeError("name", `name "${name}" is not in bytes`, name);
        scratch[at++] = code;
      }
      this.#at = at;
      i++;
      if (at - start > 254) throw new EncodeError("name", `name "${name}" is too long`, name);
    }
    scratch[this.#at++] = 0;
  }

  #escapedName(name: string, compress: boolean, names: Map<string, number> | undefined): void {
    const start = this.#at;
    const labels = splitName(name);
    for (const [i, label] of labels.entries()) {
      if (this.#pointer(`${labels.slice(i).join(".")}.`, compress, names)) return;
      const bytes = labelBytes(label);
      scratch[this.#at] = bytes.length;
      scratch.set(bytes, this.#at + 1);
      this.#at += 1 + bytes.length;
      if (this.#at - start > 254) throw new EncodeError("name", `name "${name}" is too long`, name);
    }
    scratch[this.#at++] = 0;
  }

  /** Ends the name with a pointer to where the rest of it stands already, or remembers where it will. */
  #pointer(rest: string, compress: boolean, names: Map<string, number> | undefined): boolean {
    if (names === undefined) return false;
    const known = names.get(rest);
    if (known === undefined) {
      if (this.#at < POINTER_REACH) names.set(rest, this.#at);
      return false;
    }
    if (!compress) return false;
    this.#uint16(0xc000 | known);
    return true;
  }

  /** Most answers name nothing but the question, so its parts are noted only when another name comes. */
  #seededNames(): Map<string, number> {
    if (this.#names === undefined) {
      this.#names = new Map();
      const labels = splitName(this.#question);
      let at = HEADER;
      for (const [i, label] of labels.entries()) {
        this.#names.set(`${labels.slice(i).join(".")}.`, at);
        at += 1 + (label.includes("\\") ? labelBytes(label).length : label.length);
      }
    }
    return this.#names;
  }
}

/** Writing is never interrupted, so one will do. */
const writer = new MessageWriter();

export function optionsLength(options: readonly EdnsOption[]): number {
  return options.reduce((sum, option) => sum + 4 + option.data.length, 0);
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
