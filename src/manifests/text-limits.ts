import type { TextProblem } from "./text-problem.ts";

/** A text that long is no manifest; JavaScript strings end at about twice that. */
export const MAX_TEXT = 256 * 1024 * 1024;

/** Why a text is not even looked at. */
export function refuseSize(text: string): TextProblem | undefined {
  if (text.length <= MAX_TEXT) return undefined;
  const size = `${Math.round(text.length / 1048576)} MB`;
  return {
    rule: "too-large",
    severity: "error",
    message: `${size} are too much for a manifest, ${MAX_TEXT / 1048576} MB are the limit`,
    hint: "split it into several files",
    offset: 0,
  };
}

/** Control characters but tab, line ends and escape, which YAML's own errors are clearer about. */
const CONTROL = /[\0-\x08\x0e-\x1a\x1c-\x1f]/g;

/** Why the part of a text in `[start, end)` is no YAML or JSON: it is binary. */
export function refuseBinary(text: string, start: number, end: number): TextProblem | undefined {
  CONTROL.lastIndex = start;
  const offset = CONTROL.exec(text)?.index ?? end;
  if (offset >= end) return undefined;
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, "0");
  return {
    rule: "not-text",
    severity: "error",
    message: `this is no text: it has the control character U+${code}`,
    hint: "only YAML and JSON can be loaded",
    offset,
  };
}
