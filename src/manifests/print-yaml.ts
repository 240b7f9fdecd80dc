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
      if (text === "<<" || resolvePlain(text) !== text) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}
