/** A container can't be started at present; it is tried again. */
export class LaunchProblem extends Error {
  override readonly name = "LaunchProblem";
  readonly code = "launch-problem";
  /** The reason of the container's waiting state: `CreateContainerConfigError`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
