/** A container that can't be started as things are; it is tried again. */
export class LaunchProblem extends Error {
  override readonly name = "LaunchProblem";
  readonly code = "launch-problem";
  /** As a container's waiting state names it: `CreateContainerConfigError`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
