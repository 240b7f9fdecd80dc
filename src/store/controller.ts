import type { Change, Operation } from "./operation.ts";
import type { StoreReader } from "./store-reader.ts";

/**
 * A control loop: turns what changed into the operations that bring the store closer to the desired state.
 *
 * It is called inside `apply` with every change it has not seen, its own included, until no controller has
 * anything left to do. It must therefore be level-based: called again on a settled store it returns nothing.
 * It must not touch the store other than through what it returns.
 */
export interface Controller {
  /** For messages. */
  readonly name: string;
  reconcile(changes: readonly Change[], store: StoreReader): readonly Operation[];
}
