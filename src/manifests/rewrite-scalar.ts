import type { FieldEdit } from "../objects/field-edit.ts";
import { resolvePlain } from "./plain-scalar.ts";

/**
 * The text that replaces a scalar in YAML or JSON: quoted like the former one, and without quotes where there were
 * none and none are needed.
 */
export function rewriteScalar(written: string, edit: FieldEdit): string {
  if ("quote" in edit) return JSON.stringify(written);
  const { to } = edit;
  if (typeof to !== "string") return String(to);
  if (written.startsWith("'")) return `'${to.replaceAll("'", "''")}'`;
  // A JSON number can't be replaced by a string without quotes.
  const plain =
    !written.startsWith('"') && typeof resolvePlain(written) === "string" && isPlainText(to);
  return plain ? to : JSON.stringify(to);
}

/** Whether a plain text is a string in YAML, in whatever place. It is true only for texts that certainly are. */
function isPlainText(text: string): boolean {
  return /^[A-Za-z0-9][-A-Za-z0-9_./]*$/.test(text) && resolvePlain(text) === text;
}
