/** A path in `KUBELANE` that can't be read: a program that asks for Services would find none of them. */
export class ManifestPathError extends Error {
  override readonly name = "ManifestPathError";
  readonly code = "manifest-path-unreadable";
  /** `PATH: why`, for each. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`KUBELANE names what can't be read: ${problems.join("; ")}`);
    this.problems = problems;
  }
}
