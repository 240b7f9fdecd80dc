import { parseYaml } from "./yaml-document.ts";
import { toJsonValue } from "./yaml-value.ts";

/** The value of a text of YAML or JSON that is no manifest: its first document, as kubectl understands it. */
export function readYamlValue(text: string): {
  readonly value: unknown;
  readonly problem?: string;
} {
  const [document] = parseYaml(text);
  const problems = [...(document?.problems ?? [])];
  const value = document?.contents ? toJsonValue(document.contents, problems) : null;
  const error = problems.find(({ severity }) => severity === "error");
  return error === undefined ? { value } : { value: null, problem: error.message };
}
