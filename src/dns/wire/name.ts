import { EncodeError, WireError } from "./wire-error.ts";

/**
 * Domain names are texts in presentation form, always with the final dot: `web.shop.svc.cluster.local.`. A dot or
 * backslash inside a label is written `\.` and `\\`, a byte outside of printable ASCII `\DDD` (RFC 1035 5.1). So
 * equal names are equal texts, and any bytes can be expressed.
 */

const MAX_NAME = 255;
/** A name has at most 127 labels, so more pointers than that form a loop. */
const MAX_POINTERS = 126;

/** Where the last name ended in the message (behind its first pointer, if any). */
export let nameEnd = 0;

/** Buffer's method that `toString` calls after looking the encoding up. */
export interface SliceableBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, start: number, length: number): number;
}

const scratch = Buffer.alloc(MAX_NAME) as SliceableBuffer;

/**
 * Reads the name at an offset; {@link nameEnd} returns where it ended.
 * @param forward accept pointers to later offsets, as most servers do in questions.
 * @throws WireError
 */
export function readName(message: Uint8Array, start: number, forward = false): string {
  const size = message.length;
  let at = start;
  let end = -1;
  let length = 0;
  let lowest = start;
  let pointers = 0;
  let special = 0;
  for (;;) {
    if (at >= size) throw new WireError("name-cut", at);
    const head = message[at] as number;
    if (head === 0) {
      if (end < 0) end = at + 1;
      break;
    }
    if (head >= 0xc0) {
      if (at + 1 >= size) throw new WireError("pointer-cut", at);
      const target = ((head & 0x3f) << 8) | (message[at + 1] as number);
      if (end < 0) end = at + 2;
      if (target >= size) throw new WireError("pointer-cut", at);
      if (target === at) throw new WireError("pointer-loop", at);
      if (!forward) {
        if (target >= lowest) throw new WireError("pointer-forward", at);
        lowest = target;
      }
      if (++pointers > MAX_POINTERS) throw new WireError("pointer-loop", at);
      at = target;
      continue;
    }
    if (head >= 0x40) throw new WireError("label-type", at);
    if (at + 1 + head > size) throw new WireError("name-cut", at);
    // One byte per label's length and one for the root.
    if (length + head + 2 > MAX_NAME) throw new WireError("name-too-long", start);
    const stop = at + 1 + head;
    for (at++; at < stop; at++) {
      const byte = message[at] as number;
      special |= SPECIAL[byte] as number;
      scratch[length++] = byte;
    }
    scratch[length++] = 0x2e;
  }
  nameEnd = end;
  if (length === 0) return ".";
  return special === 0 ? scratch.latin1Slice(0, length) : readEscaped(message, start);
}

/** Bytes that need an escape in presentation form. */
const SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte <= 0x20 || byte >= 0x7f || byte === 0x2e || byte === 0x5c ? 1 : 0,
);

/** The slow path for names with unusual bytes; the name is known to be valid. */
function readEscaped(message: Uint8Array, start: number): string {
  let text = "";
  for (let at = start; ; ) {
    const head = message[at] as number;
    if (head === 0) return text;
    if (head >= 0xc0) {
      at = ((head & 0x3f) << 8) | (message[at + 1] as number);
      continue;
    }
    text += `${escapeLabel(message.subarray(at + 1, at + 1 + head))}.`;
    at += 1 + head;
  }
}

function escapeLabel(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x2e || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte <= 0x20 || byte >= 0x7f) text += `\\${String(byte).padStart(3, "0")}`;
    else text += String.fromCharCode(byte);
  }
  return text;
}

/** The labels of a name, still escaped, without the root. */
export function splitName(name: string): string[] {
  const body = name.endsWith(".") ? name.slice(0, -1) : name;
  if (body === "") return [];
  if (!body.includes("\\")) return body.split(".");
  const labels: string[] = [];
  let label = "";
  for (let i = 0; i < name.length; i++) {
    const char = name[i] as string;
    if (char === "\\") label += char + (name[++i] ?? "");
    else if (char === ".") {
      labels.push(label);
      label = "";
    } else label += char;
  }
  if (label !== "") labels.push(label);
  return labels;
}

/** Adds the final dot where it is missing. */
export function absolute(name: string): string {
  const end = name.length - 1;
  if (name.charCodeAt(end) !== 0x2e) return `${name}.`;
  // An escaped dot at the end belongs to the label.
  const isEscaped = name.charCodeAt(end - 1) === 0x5c && /[^\\](?:\\\\)*\\\.$/.test(` ${name}`);
  return isEscaped ? `${name}.` : name;
}

/**
 * The bytes of one escaped label.
 * @throws EncodeError when it is empty, longer than 63 bytes or badly escaped.
 */
export function labelBytes(label: string): Buffer {
  let raw = label;
  if (label.includes("\\")) {
    raw = label.replace(/\\(?:(\d{3})|([^\d])|(.?))/g, (whole, code, char) => {
      if (char !== undefined) return char;
      if (code !== undefined && Number(code) <= 255) return String.fromCharCode(Number(code));
      throw new EncodeError("name", `label "${label}" has the bad escape "${whole}"`, label);
    });
  }
  const bytes = Buffer.from(raw, "latin1");
  if (bytes.length === 0 || bytes.length > 63 || /[^\u0000-\u00ff]/.test(raw)) {
    throw new EncodeError("name", `label "${label}" must be 1 to 63 bytes long`, label);
  }
  return bytes;
}
