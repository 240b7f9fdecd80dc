import { trimBlanks } from "../blanks.ts";

/**
 * The fields of a head or a trailer section that are passed on. They are kept in the form of the protocol they came
 * in, and converted only when the other side speaks another one.
 */
export class FieldSection {
  static readonly EMPTY = new FieldSection("", []);
  #lines: string | undefined;
  #pairs: readonly string[] | undefined;

  private constructor(lines: string | undefined, pairs: readonly string[] | undefined) {
    this.#lines = lines;
    this.#pairs = pairs;
  }

  /** @param lines well-formed HTTP/1.1 field lines, each with its CRLF. */
  static ofLines(lines: string): FieldSection {
    return new FieldSection(lines, undefined);
  }

  /** @param pairs names in lower case and values in turn, all of them valid in HTTP/1.1 field lines. */
  static ofPairs(pairs: readonly string[]): FieldSection {
    return new FieldSection(undefined, pairs);
  }

  get isEmpty(): boolean {
    return (this.#lines ?? this.#pairs ?? "").length === 0;
  }

  /** An id of the content: sections with the same id are equal. Equal sections may have different ids. */
  get identity(): string | FieldSection {
    return this.#lines ?? this;
  }

  get lines(): string {
    this.#lines ??= toLines(this.#pairs as readonly string[]);
    return this.#lines;
  }

  get pairs(): readonly string[] {
    this.#pairs ??= toPairs(this.#lines as string);
    return this.#pairs;
  }

  /** A copy with more fields at its end; names and values in turn. */
  plus(...more: readonly string[]): FieldSection {
    return this.#lines === undefined
      ? FieldSection.ofPairs([...this.pairs, ...more])
      : FieldSection.ofLines(this.#lines + toLines(more));
  }
}

function toLines(pairs: readonly string[]): string {
  let lines = "";
  let cookie: string | undefined;
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    const value = pairs[i + 1] as string;
    // HTTP/2 may split Cookie into several fields for better compression (RFC 9113 section 8.2.3).
    if (name === "cookie") cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else lines += `${name}: ${value}\r\n`;
  }
  return cookie === undefined ? lines : `${lines}cookie: ${cookie}\r\n`;
}

function toPairs(lines: string): string[] {
  const pairs: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const colon = lines.indexOf(":", at);
    const end = lines.indexOf("\r\n", colon);
    pairs.push(lines.slice(at, colon).toLowerCase(), trimBlanks(lines, colon + 1, end));
    at = end + 2;
  }
  return pairs;
}
