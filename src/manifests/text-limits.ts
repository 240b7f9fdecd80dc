import type { TextProblem } from "./text-problem.ts";

/** A text that long is no manifest; JavaScript strings end at about twice that. */
const MAX_TEXT = 256 * 1024 * 1024;
/** While a YAML document is read it takes some 60 times its size in memory; JSON takes little. */
const MAX_YAML = 24 * 1024 * 1024;

/** Why a text is not even looked at. */
export function refuseSize({ length }: { readonly length: number }): TextProblem | undefined {
  if (length <= MAX_TEXT) return undefined;
  return tooLarge(`${inMegabytes(length)} are too much for a manifest`, MAX_TEXT, "split it");
}

/** Why a YAML document is not read. */
export function refuseYamlSize({ length }: { readonly length: number }): TextProblem | undefined {
  if (length <= MAX_YAML) return undefined;
  const hint = 'split it at "---", or make it JSON: kubectl get -o json';
  return tooLarge(`${inMegabytes(length)} are too much for one YAML document`, MAX_YAML, hint);
}

function tooLarge(what: string, limit: number, hint: string): TextProblem {
  const message = `${what}, ${inMegabytes(limit)} are the limit`;
  return { rule: "too-large", severity: "error", message, hint, offset: 0 };
}

function inMegabytes(length: number): string {
  return `${Math.ceil(length / 1048576)} MB`;
}

/** Control characters but tab, line ends and escape, which YAML's own errors are clearer about. */
const CONTROL = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;

/** Why a document is no YAML or JSON: it is binary. */
export function refuseBinary(text: string): TextProblem | undefined {
  const offset = text.search(CONTROL);
  if (offset < 0) return undefined;
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, "0");
  return {
    rule: "not-text",
    severity: "error",
    message: `this is no text: it has the control character U+${code}`,
    hint: "only YAML and JSON can be loaded",
    offset,
  };
}
