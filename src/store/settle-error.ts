import type { Change } from "./operation.ts";

/** What failed: a step of the batch, a controller or a subscriber; all others did their part. */
export class SettleError extends AggregateError {
  override readonly name = "SettleError";
  readonly code = "not-settled";
  /** What the batch did nonetheless. */
  readonly changes: readonly Change[];

  constructor(errors: readonly Error[], changes: readonly Change[]) {
    super(errors, errors.map((error) => error.message).join("; "));
    this.changes = changes;
  }
}
