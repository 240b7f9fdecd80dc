import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { duplicateKey, MAX_DEPTH, type TextProblem, tooDeep } from "./text-problem.ts";

/** What a walk over JSON text meets. Depths count from 0, the value itself. */
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
 * Walks the first JSON value of a text from an offset. The text is known to be valid, or is parsed
 * afterwards: the walk only has to end.
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
    if (end < 0) return -1;
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
const WORD = /[^\s,:"{}[\]]*/y;

function skip(text: string, offset: number, pattern: RegExp): number {
  pattern.lastIndex = offset;
  pattern.exec(text);
  return pattern.lastIndex;
}

function wordEnd(text: string, offset: number): number {
  return skip(text, offset, WORD);
}

/** After the closing quote, or -1. */
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

/** One value of a stream of JSON values, and where it stands. */
export interface JsonDocument {
  readonly value: unknown;
  readonly start: number;
  readonly problems: readonly TextProblem[];
}

/** The JSON values of a text, one after another; undefined when it is not JSON throughout. */
export function parseJson(text: string): JsonDocument[] | undefined {
  const documents: JsonDocument[] = [];
  const blank = /\s*/y;
  for (let start = 0; ; ) {
    blank.lastIndex = start;
    blank.exec(text);
    start = blank.lastIndex;
    if (start === text.length) return documents.length > 0 ? documents : undefined;
    const problems: TextProblem[] = [];
    const end = inspect(text, start, problems);
    if (end < 0) return undefined;
    try {
      const value: unknown = JSON.parse(text.slice(start, end));
      documents.push({ value, start, problems });
    } catch {
      return undefined;
    }
    start = end;
  }
}

/** Finds duplicate keys and too much depth. */
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

/** As locateInYaml, for the JSON value that begins at an offset. */
export function locateInJson(
  text: string,
  start: number,
  path: FieldPath,
  at: "key" | "value" = "value",
): number {
  let matched = 0;
  let best = 0;
  let found = start + (/\S/.exec(text.slice(start, start + 1000))?.index ?? 0);
  walkJson(text, start, {
    enter(step, keyOffset, valueOffset, depth) {
      if (depth !== matched + 1 || step !== path[depth - 1]) return;
      matched = depth;
      // Of two equal keys the last one counts.
      if (depth < best) return;
      best = depth;
      found = at === "value" && depth === path.length ? valueOffset : keyOffset;
    },
    leave(depth) {
      if (depth === matched && depth > 0) matched = depth - 1;
    },
  });
  return found;
}

/** Where the items of the List begin that begins at an offset. */
export function locateJsonItems(text: string, start: number): readonly number[] {
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
