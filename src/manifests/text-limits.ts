import type { TextProblem } from "./text-problem.ts";

/** Longer texts are not manifests; JavaScript strings end at about twice that. */
const MAX_TEXT = 256 * 1024 * 1024;
/** A parsed YAML document takes up to ten times its size in memory, and its positions as much again. */
const MAX_YAML = 64 * 1024 * 1024;

/** Why a text is not parsed at all. */
export function refuseSize({ length }: { readonly length: number }): TextProblem | undefined {
  if (length <= MAX_TEXT) return undefined;
  return tooLarge(`${inMegabytes(length)} are too much for a manifest`, MAX_TEXT, "split it", 0);
}

/** Why the YAML document in `[start, end)` is not read. */
export function refuseYamlSize(start: number, end: number): TextProblem | undefined {
  const length = end - start;
  if (length <= MAX_YAML) return undefined;
  const hint = 'split it at "---", or make it JSON: kubectl get -o json';
  return tooLarge(
    `${inMegabytes(length)} are too much for one YAML document`,
    MAX_YAML,
    hint,
    start,
  );
}

function tooLarge(what: string, limit: number, hint: string, offset: number): TextProblem {
  const message = `${what}, ${inMegabytes(limit)} are the limit`;
  return { rule: "too-large", severity: "error", message, hint, offset };
}

function inMegabytes(length: number): string {
  return `${Math.ceil(length / 1048576)} MB`;
}

/** Characters that YAML doesn't allow: control characters except tab, line ends and NEL, and noncharacters. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/** Why the YAML document in `[start, end)` is not read: it is binary, or pasted with control characters. */
export function refuseBinary(text: string, start: number, end: number): TextProblem | undefined {
  // Searched in the document, not the whole text: a search without a result would run to the text's end for each
  // document.
  const found = text.slice(start, end).search(CONTROL);
  if (found < 0) return undefined;
  const offset = start + found;
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, "0");
  return {
    rule: "not-text",
    severity: "error",
    message: `this is no text: it has the control character U+${code}`,
    hint: "only YAML and JSON can be loaded",
    offset,
  };
}
