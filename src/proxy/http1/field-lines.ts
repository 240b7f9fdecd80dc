import type { Fault } from "./fault.ts";
import { type KnownField, parseFields } from "./fields.ts";

/** The field section of a head. */
export interface FieldLines {
  /** The lines, each with its CRLF, and the empty one that ends them. */
  readonly text: string;
  readonly fields: readonly KnownField[];
}

/** Longer sections are not kept: there may be many connections. */
const LONGEST = 2 * 1024;

/**
 * Reads the field sections of one connection. Most heads of a connection are alike: a section with the same text as
 * the one before is not parsed again but returned as the same object, so that callers may cache what they derive from
 * it by identity.
 */
export class FieldReader {
  #last: FieldLines | undefined;

  /** See {@link parseFields}. @param text a whole head. @param from where its first field line starts. */
  read(text: string, from: number, maxLines: number): FieldLines | Fault {
    const section = text.slice(from);
    if (this.#last?.text === section) return this.#last;
    const fields = parseFields(text, from, maxLines);
    if ("fault" in fields) return fields;
    const lines = { text: section, fields };
    if (section.length <= LONGEST) this.#last = lines;
    return lines;
  }
}
