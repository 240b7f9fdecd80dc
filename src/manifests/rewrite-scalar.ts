import type { FieldEdit } from "../objects/field-edit.ts";
import { resolvePlain } from "./plain-scalar.ts";

/**
 * What is written in the place of a scalar, YAML or JSON: in quotes of the kind that are there, and without any where
 * there are none and none are needed.
 */
export function rewriteScalar(written: string, edit: FieldEdit): string {
  if ("quote" in edit) return JSON.stringify(written);
  const { to } = edit;
  if (typeof to !== "string") return String(to);
  if (written.startsWith("'")) return `'${to.replaceAll("'", "''")}'`;
  // A number in JSON is no text, and no text takes its place without quotes.
  const plain =
    !written.startsWith('"') && typeof resolvePlain(written) === "string" && isPlainText(to);
  return plain ? to : JSON.stringify(to);
}

/** Whether a text means itself in YAML, wherever it stands. Of others some do. */
function isPlainText(text: string): boolean {
  return /^[A-Za-z0-9][-A-Za-z0-9_./]*$/.test(text) && resolvePlain(text) === text;
}
