import { absolute, labelBytes, splitName } from "./name.ts";
import { EncodeError } from "./wire-error.ts";

/** The question's name is right behind the header. */
const QUESTION_AT = 12;
/** Compression pointers can't refer to offsets from here on. */
const POINTER_REACH = 0x4000;
const MAX_NAME = 255;

/** Writes the names of one message and remembers their offsets for compression pointers (RFC 1035 4.1.4). */
export class NameWriter {
  readonly #bytes: Uint8Array;
  #question = "";
  #names: Map<string, number> | undefined;

  /** @param bytes the message's buffer, from its beginning. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  begin(): void {
    this.#question = "";
    this.#names = undefined;
  }

  /** The name of the first question, which the caller has copied to its place. */
  noteQuestion(name: string): void {
    this.#question = name;
  }

  /** Whether a name equals the question's, so that a pointer suffices. */
  isQuestion(name: string): boolean {
    return name === this.#question && name !== ".";
  }

  /**
   * Writes the name of a question in full.
   * @returns where it ends.
   * @throws EncodeError
   */
  question(at: number, name: string): number {
    const end = this.#plain(at, name);
    if (at === QUESTION_AT) this.#question = name;
    return end > 0 ? end : this.write(at, name, false);
  }

  /**
   * @param compress whether it may end in a pointer.
   * @returns where it ends.
   * @throws EncodeError
   */
  write(start: number, name: string, compress: boolean): number {
    const bytes = this.#bytes;
    if (compress && this.isQuestion(name)) {
      bytes[start] = 0xc0;
      bytes[start + 1] = QUESTION_AT;
      return start + 2;
    }
    if (name.charCodeAt(name.length - 1) !== 0x2e) {
      return this.write(start, absolute(name), compress);
    }
    if (name.includes("\\")) return this.#escaped(start, name, compress);
    const names = start === QUESTION_AT ? undefined : this.#seeded();
    let at = start;
    for (let i = 0; name.length > 1 && i < name.length; i++) {
      const pointer = pointerTo(i === 0 ? name : name.slice(i), at, names);
      if (pointer > 0 && compress) return this.#pointer(at, pointer);
      const dot = name.indexOf(".", i);
      const length = dot - i;
      if (length === 0 || length > 63) {
        throw new EncodeError("name", `name "${name}" has a label of ${length} bytes`, name);
      }
      bytes[at++] = length;
      for (; i < dot; i++) {
        const code = name.charCodeAt(i);
        if (code > 255) throw new EncodeError("name", `name "${name}" is not in bytes`, name);
        bytes[at++] = code;
      }
      if (at - start >= MAX_NAME) {
        throw new EncodeError("name", `name "${name}" is too long`, name);
      }
    }
    bytes[at] = 0;
    return at + 1;
  }

  /** Writes a name without escapes, in a fast loop; 0 if it has escapes. */
  #plain(start: number, name: string): number {
    const size = name.length;
    if (size < 2 || size >= MAX_NAME) return 0;
    const bytes = this.#bytes;
    let lengthAt = start;
    for (let i = 0; i < size; i++) {
      const code = name.charCodeAt(i);
      if (code === 0x2e) {
        const length = start + i - lengthAt;
        if (length === 0 || length > 63) return 0;
        bytes[lengthAt] = length;
        lengthAt = start + i + 1;
      } else {
        if (code === 0x5c || code > 255) return 0;
        bytes[start + i + 1] = code;
      }
    }
    if (lengthAt !== start + size) return 0;
    bytes[lengthAt] = 0;
    return lengthAt + 1;
  }

  #escaped(start: number, name: string, compress: boolean): number {
    const names = start === QUESTION_AT ? undefined : this.#seeded();
    let at = start;
    const labels = splitName(name);
    for (const [i, label] of labels.entries()) {
      const pointer = pointerTo(`${labels.slice(i).join(".")}.`, at, names);
      if (pointer > 0 && compress) return this.#pointer(at, pointer);
      const raw = labelBytes(label);
      this.#bytes[at] = raw.length;
      this.#bytes.set(raw, at + 1);
      at += 1 + raw.length;
      if (at - start >= MAX_NAME) {
        throw new EncodeError("name", `name "${name}" is too long`, name);
      }
    }
    this.#bytes[at] = 0;
    return at + 1;
  }

  #pointer(at: number, target: number): number {
    this.#bytes[at] = 0xc0 | (target >> 8);
    this.#bytes[at + 1] = target & 255;
    return at + 2;
  }

  /**
   * Most answers contain no other name than the question's, so its suffixes are recorded only when another name is
   * written.
   */
  #seeded(): Map<string, number> {
    if (this.#names === undefined) {
      this.#names = new Map();
      const labels = splitName(this.#question);
      let at = QUESTION_AT;
      for (const [i, label] of labels.entries()) {
        this.#names.set(`${labels.slice(i).join(".")}.`, at);
        at += 1 + (label.includes("\\") ? labelBytes(label).length : label.length);
      }
    }
    return this.#names;
  }
}

/** The offset at which this suffix was written before. If it wasn't, returns 0 and records the present offset. */
function pointerTo(rest: string, at: number, names: Map<string, number> | undefined): number {
  if (names === undefined) return 0;
  const known = names.get(rest);
  if (known === undefined && at < POINTER_REACH) names.set(rest, at);
  return known ?? 0;
}
