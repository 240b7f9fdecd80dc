import type { Change, Operation } from "./operation.ts";
import type { StoreReader } from "./store-reader.ts";

/**
 * A control loop: turns what changed into the operations that bring the store closer to the desired state.
 *
 * It is called inside `apply` with every change it has not seen, its own included, until no controller has
 * anything left to do. It must therefore be level-based: called again on a settled store it returns nothing.
 * It must not touch the store other than through what it returns.
 *
 * One that throws gets the same changes again in the next batch, together with the newer ones.
 */
export interface Controller {
  /** For messages. */
  readonly name: string;

  /** groupKinds whose changes it gets. Default: all. */
  readonly kinds?: ReadonlySet<string>;

  /**
   * What is to change, now that this has changed.
   * @param now the store's clock, read once for the whole batch.
   */
  reconcile(changes: readonly Change[], store: StoreReader, now: Date): readonly Operation[];

  /**
   * When it has something to do although nothing changes; undefined when never. From that time on it is
   * called by `Store.tick`, with no changes if there are none.
   */
  nextWake?(): Date | undefined;
}
