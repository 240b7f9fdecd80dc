import { readDocuments } from "./read-documents.ts";

/** The value of a text of YAML or JSON that is no manifest: its first document, as kubectl understands it. */
export function readYamlValue(text: string): {
  readonly value: unknown;
  readonly problem?: string;
} {
  for (const { value, problems } of readDocuments(text)) {
    const error = problems.find(({ severity }) => severity === "error");
    if (error !== undefined) return { value: null, problem: error.message };
    if (value !== null) return { value };
  }
  return { value: null };
}
