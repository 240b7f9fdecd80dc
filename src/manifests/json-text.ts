import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { TextDocument, TextRange } from "./text-document.ts";
import { duplicateKey, MAX_DEPTH, type TextProblem, tooDeep } from "./text-problem.ts";

/** Events of a walk over JSON text. Depths count from 0, the value itself. */
interface JsonVisitor {
  /** A member of an object or an item of a list begins. */
  readonly enter: (
    step: string | number,
    keyOffset: number,
    valueOffset: number,
    depth: number,
  ) => void;
  /** The value at that depth is complete. */
  readonly leave?: (depth: number) => void;
  /** An object begins whose members have that depth. */
  readonly open?: (depth: number) => void;
}

/**
 * Walks the first JSON value of a text from an offset. The text is known to be valid, or is parsed afterwards, so the
 * walk only has to terminate.
 * @returns where the value ends, or -1 when it does not.
 */
function walkJson(text: string, start: number, visitor: JsonVisitor): number {
  const frames: { list: boolean; index: number; key: string | undefined; keyOffset: number }[] = [];
  for (let offset = start; ; ) {
    offset = skip(text, offset, SEPARATOR);
    if (offset === text.length) return -1;
    const first = text[offset]!;
    const frame = frames.at(-1);
    if (first === "}" || first === "]") {
      offset++;
      if (frames.pop() === undefined) return -1;
      visitor.leave?.(frames.length);
      if (frames.length === 0) return offset;
      continue;
    }
    const opens = first === "{" || first === "[";
    const end = opens
      ? offset + 1
      : first === '"'
        ? stringEnd(text, offset)
        : wordEnd(text, offset);
    if (end <= offset) return -1;
    if (frame !== undefined && !frame.list && frame.key === undefined) {
      if (first !== '"') return -1;
      frame.key = parseString(text.slice(offset, end));
      frame.keyOffset = offset;
      offset = end;
      continue;
    }
    if (frame !== undefined) {
      const step = frame.list ? frame.index++ : frame.key!;
      visitor.enter(step, frame.list ? offset : frame.keyOffset, offset, frames.length);
      frame.key = undefined;
    }
    if (opens) {
      frames.push({ list: first === "[", index: 0, key: undefined, keyOffset: 0 });
      if (first === "{") visitor.open?.(frames.length);
    } else {
      visitor.leave?.(frames.length);
      if (frame === undefined) return end;
    }
    offset = end;
  }
}

const SEPARATOR = /[\s,:]*/y;
const WORD = /[-+.\w]*/y;

function skip(text: string, offset: number, pattern: RegExp): number {
  pattern.lastIndex = offset;
  pattern.exec(text);
  return pattern.lastIndex;
}

function wordEnd(text: string, offset: number): number {
  return skip(text, offset, WORD);
}

/** The offset after the closing quote, or -1. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return -1;
}

function parseString(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

/** The JSON values that a text begins with. */
export interface JsonStream {
  readonly documents: readonly TextDocument[];
  /** Where YAML may begin: the end of the text if all of it is JSON. */
  readonly end: number;
  /** Why it may not. */
  readonly refusal?: TextProblem;
}

/** Reads JSON values one after another until something else comes, or nothing. */
export function readJsonStream(text: string): JsonStream {
  const documents: TextDocument[] = [];
  const blank = /\s*/y;
  for (let end = 0; ; ) {
    blank.lastIndex = end;
    blank.exec(text);
    const start = blank.lastIndex;
    if (start === text.length) return { documents, end: start };
    const problems: TextProblem[] = [];
    const valueEnd = inspect(text, start, problems);
    const value = valueEnd < 0 ? undefined : parseValue(text.slice(start, valueEnd));
    if (value === undefined) {
      // As long as there was at most one value, kubectl tries YAML next; after more, it insists on JSON.
      if (documents.length > 1) return { documents, end: start, refusal: notJson(start) };
      return { documents, end: passLineEnd(text, end) };
    }
    documents.push({ value, problems, fields: new JsonFields(text, start) });
    end = valueEnd;
  }
}

function parseValue(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

/** The offset after the line end, if only blanks precede it. */
function passLineEnd(text: string, from: number): number {
  const blanks = /[^\S\n]*\n?/y;
  blanks.lastIndex = from;
  blanks.exec(text);
  return blanks.lastIndex;
}

function notJson(offset: number): TextProblem {
  return {
    rule: "json-syntax",
    severity: "error",
    message: "this is no JSON, as everything before it in this file is",
    hint: "separate it by a line ---, and write all of the file as YAML",
    offset,
  };
}

/** Positions of the fields of the JSON value at an offset. */
export class JsonFields {
  readonly #text: string;
  readonly #start: number;
  /** Positions of a List's items: a dump has many, and each is searched separately then. */
  #items: readonly number[] | undefined;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#start = start;
  }

  locate(path: FieldPath, at: "key" | "value"): number {
    return this.#find(path, at).offset;
  }

  scalar(path: FieldPath, at: "key" | "value"): TextRange | undefined {
    const { offset, written } = this.#find(path, at);
    const first = this.#text[offset];
    if (!written || first === "{" || first === "[") return undefined;
    const end = first === '"' ? stringEnd(this.#text, offset) : wordEnd(this.#text, offset);
    return end > offset ? { start: offset, end } : undefined;
  }

  #find(path: FieldPath, at: "key" | "value"): FoundInJson {
    const [list, index, ...rest] = path;
    if (list === "items" && typeof index === "number") {
      this.#items ??= locateJsonItems(this.#text, this.#start);
      const item = this.#items[index];
      if (item !== undefined) return locateInJson(this.#text, item, rest, at);
    }
    return locateInJson(this.#text, this.#start, path, at);
  }
}

/** Finds duplicate keys and excessive depth. */
function inspect(text: string, start: number, problems: TextProblem[]): number {
  const keys: Set<string>[] = [];
  let deep = false;
  return walkJson(text, start, {
    open(depth) {
      keys[depth] = new Set();
    },
    enter(step, keyOffset, _valueOffset, depth) {
      if (depth > MAX_DEPTH && !deep) {
        deep = true;
        problems.push(tooDeep(keyOffset));
      }
      if (typeof step === "number") return;
      const known = keys[depth]!;
      if (known.has(step)) problems.push(duplicateKey(step, keyOffset));
      else known.add(step);
    },
  });
}

interface FoundInJson {
  readonly offset: number;
  /** Whether the field itself is there, and not only one around it. */
  readonly written: boolean;
}

function locateInJson(
  text: string,
  start: number,
  path: FieldPath,
  at: "key" | "value",
): FoundInJson {
  let matched = 0;
  let best = 0;
  let found = start + (/\S/.exec(text.slice(start, start + 1000))?.index ?? 0);
  walkJson(text, start, {
    enter(step, keyOffset, valueOffset, depth) {
      if (depth !== matched + 1 || step !== path[depth - 1]) return;
      matched = depth;
      // Of duplicate keys the last one counts.
      if (depth < best) return;
      best = depth;
      found = at === "value" && depth === path.length ? valueOffset : keyOffset;
    },
    leave(depth) {
      if (depth === matched && depth > 0) matched = depth - 1;
    },
  });
  return { offset: found, written: best === path.length };
}

/** Where the items of the List begin that begins at an offset. */
function locateJsonItems(text: string, start: number): readonly number[] {
  let offsets: number[] = [];
  let inItems = false;
  walkJson(text, start, {
    enter(step, _keyOffset, valueOffset, depth) {
      if (depth === 1) {
        inItems = step === "items";
        if (inItems) offsets = [];
      } else if (depth === 2 && inItems) offsets.push(valueOffset);
    },
  });
  return offsets;
}
