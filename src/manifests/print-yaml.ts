import { Document, visit } from "yaml";
import { resolvePlain } from "./plain-scalar.ts";

/**
 * Prints objects as YAML that kubectl reads back unchanged: strings that it would read as booleans, numbers or merges
 * are quoted; no folding, no aliases.
 */
export function printYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, scalar) {
      const text = scalar.value;
      if (typeof text !== "string") return;
      const quoted = text === "<<" || ESCAPED.test(text) || resolvePlain(text) !== text;
      if (quoted) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document
    .toString({ lineWidth: 0 })
    .replace(new RegExp(ESCAPED, "g"), (c) => ESCAPES[c] ?? `\\x${c.charCodeAt(0).toString(16)}`);
}

/**
 * Escaped: line breaks that only kubectl recognizes, and control characters from U+007F on (the package escapes those
 * below U+0020).
 */
const ESCAPED = /[\x7f-\x9f\u2028\u2029]/;
const ESCAPES: Readonly<Record<string, string>> = {
  "\x85": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};
