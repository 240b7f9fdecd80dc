import { LRUCache } from "lru-cache";
// The generated parser has no types of its own; this is its only importer.
import { SyntaxError as PeggySyntaxError, parse } from "./grammar.ts";
import { hintFor } from "./hint.ts";
import { excerpt } from "./problem.ts";
import type { Requirement } from "./requirement.ts";
import { Selector } from "./selector.ts";
import {
  Refusal,
  type SelectorFault,
  type SelectorSource,
  type SelectorSyntaxCode,
  SelectorSyntaxError,
  tokenAt,
} from "./syntax-error.ts";

/** How to read a selector's text. */
export interface ParseOptions {
  /**
   * The Kubernetes release to read like, `"1.34"` for example; the newest by default. One rule
   * changed: up to 1.34 an even run of commas straight before `)` is an error (S.12).
   */
  readonly since?: `1.${number}`;
  /** Where the text comes from; errors then name the line and column there. */
  readonly source?: SelectorSource;
}

/** Characters of text that the cache holds at most. */
const CACHE_CHARACTERS = 1_000_000;
/** Texts longer than this are parsed every time. */
const CACHED_LENGTH = 2_000;
/** What an entry costs besides its text, in characters, so that many short texts are bounded too. */
const ENTRY_COST = 100;

const cache = new LRUCache<string, Selector>({
  maxSize: CACHE_CHARACTERS,
  sizeCalculation: (_selector, text) => text.length + ENTRY_COST,
});

// A text is cached when it is seen a second time, so a flood of texts that never come back leaves
// the cache alone. Collisions cost a cache entry, never a wrong answer.
const seen = new Int32Array(4096);

/**
 * Parses a label selector in text form, as `kubectl -l` takes it (S.1 to S.4).
 *
 * Answers are cached and shared: a `Selector` is immutable.
 *
 * @throws SelectorSyntaxError
 */
export function parseSelector(text: string, options?: ParseOptions): Selector {
  if (options?.since !== undefined && isBefore135(options.since)) {
    return new Selector(parseRequirements(text, true, options.source));
  }
  const cached = cache.get(text);
  if (cached) return cached;
  const selector = new Selector(parseRequirements(text, false, options?.source));
  if (text.length <= CACHED_LENGTH && seenBefore(text)) cache.set(text, selector);
  return selector;
}

// Options of the generated parser: keep no record of failures, and answer instead of throwing.
const QUIET = { strictCommas: false, peg$silentFails: 1, peg$library: true };
const QUIET_STRICT = { ...QUIET, strictCommas: true };

interface Quiet {
  readonly peg$success: boolean;
  readonly peg$result: Requirement[];
}

function seenBefore(text: string): boolean {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  const slot = (hash ^ (hash >>> 12)) & (seen.length - 1);
  if (seen[slot] === hash) return true;
  seen[slot] = hash;
  return false;
}

function isBefore135(since: string): boolean {
  const minor = /^1\.(\d{1,4})$/.exec(since)?.[1];
  if (minor === undefined) {
    throw new RangeError(`since: ${excerpt(since)} is no Kubernetes release; write "1.34"`);
  }
  return Number(minor) < 35;
}

function parseRequirements(
  text: string,
  strictCommas: boolean,
  source: SelectorSource | undefined,
): Requirement[] {
  try {
    const read = parse(text, strictCommas ? QUIET_STRICT : QUIET) as Quiet;
    // Only a text that fails is read again with a record of what was expected where.
    return read.peg$success ? read.peg$result : (parse(text, { strictCommas }) as Requirement[]);
  } catch (error) {
    const fault = error instanceof Refusal ? error.fault : faultOf(text, error);
    const hint = hintFor(text, fault.offset, fault.expected);
    throw new SelectorSyntaxError(fault, hint, source);
  }
}

interface PeggyError {
  readonly location: { readonly start: { readonly offset: number } };
  readonly expected: readonly { type: string; text?: string; description?: string }[];
}

function faultOf(text: string, error: unknown): SelectorFault {
  if (!(error instanceof PeggySyntaxError)) throw error;
  const { location, expected: expectations } = error as unknown as PeggyError;
  const { offset } = location.start;
  const found = tokenAt(text, offset);
  const expected = [...new Set(expectations.map(describe))];
  const code = found === "\0" ? "nul" : codeOf(expected);
  const shown = found === "" ? "the selector ends" : `found ${excerpt(found)}`;
  const message = `${shown} at offset ${offset}, expected ${expected.join(" or ")}`;
  return { code, offset, found, expected, message };
}

function describe({ type, text, description }: PeggyError["expected"][number]): string {
  return type === "end" ? "end" : (text ?? description ?? "").replaceAll("'", "");
}

function codeOf(expected: readonly string[]): SelectorSyntaxCode {
  if (expected.includes("key")) return "expected-key";
  if (expected.includes("in")) return "expected-operator";
  if (expected.includes("(")) return "expected-values";
  if (expected.includes("value") || expected.includes("integer")) return "expected-value";
  return "expected-separator";
}
