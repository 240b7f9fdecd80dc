import type { TextProblem } from "../text-problem.ts";

/** Thrown where a document cannot be read any further; the composer reports it. */
export class YamlError extends Error {
  readonly problem: TextProblem;

  constructor(problem: TextProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** A text stops being YAML at an offset. */
export function syntaxError(message: string, offset: number, hint?: string): YamlError {
  const problem: TextProblem = { rule: "yaml-syntax", severity: "error", message, offset };
  return new YamlError(hint === undefined ? problem : { ...problem, hint });
}
