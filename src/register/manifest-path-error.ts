import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** A path in `KUBELANE` that can't be read: a program that asks for Services would find none of them. */
export class ManifestPathError extends Error {
  override readonly name = "ManifestPathError";
  readonly code = "manifest-path-unreadable";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const problems = diagnostics.map(({ message, position }) => `${position?.file}: ${message}`);
    super(`KUBELANE names what can't be read: ${problems.join("; ")}`);
    this.diagnostics = diagnostics;
  }
}
