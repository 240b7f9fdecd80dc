import { Document, visit } from "yaml";
import { resolvePlain } from "./plain-scalar.ts";

/**
 * Objects as YAML that kubectl reads back as the same: strings that it would take for booleans, numbers
 * or merges are quoted, nothing is folded, no aliases.
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
 * Written as escapes: line breaks to kubectl, and to nobody else, and what else a terminal would obey (the package
 * escapes what is below U+0020).
 */
const ESCAPED = /[\x7f-\x9f\u2028\u2029]/;
const ESCAPES: Readonly<Record<string, string>> = {
  "\x85": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};
