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
      const quoted = text === "<<" || BREAKS.test(text) || resolvePlain(text) !== text;
      if (quoted) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document
    .toString({ lineWidth: 0 })
    .replace(new RegExp(BREAKS, "g"), (character) => ESCAPES[character]!);
}

/** Line breaks to kubectl, and to nobody else: they are written as escapes. */
const BREAKS = /[\x85\u2028\u2029]/;
const ESCAPES: Readonly<Record<string, string>> = {
  "\x85": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};
