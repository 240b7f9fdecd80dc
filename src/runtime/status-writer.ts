import type { ObjectKey } from "../objects/object-key.ts";
import type { PodStatus } from "../objects/pod.ts";
import type { Operation } from "../store/operation.ts";
import type { Store } from "../store/store.ts";
import type { EventListener } from "./event.ts";

/** Writes pod statuses into the store; simultaneous ones in one batch. */
export class StatusWriter {
  readonly #store: Pick<Store, "apply">;
  readonly #emit: EventListener;
  #batch: Operation[] | undefined;
  #closed = false;

  constructor(store: Pick<Store, "apply">, emit: EventListener) {
    this.#store = store;
    this.#emit = emit;
  }

  status(key: ObjectKey, status: PodStatus): void {
    this.#write({ op: "status", key, status });
  }

  delete(key: ObjectKey): void {
    this.#write({ op: "delete", key });
  }

  /** Everything that `work` writes becomes one batch: for a thousand pods that don't run here, for example. */
  together(work: () => void): void {
    if (this.#batch !== undefined) {
      work();
      return;
    }
    const batch: Operation[] = [];
    this.#batch = batch;
    try {
      work();
    } finally {
      this.#batch = undefined;
    }
    this.#apply(batch);
  }

  /** Stops writing. */
  close(): void {
    this.#closed = true;
  }

  #write(operation: Operation): void {
    if (this.#batch === undefined) this.#apply([operation]);
    else this.#batch.push(operation);
  }

  /** After a timer or a process' end there is no caller, so an error of a subscriber is emitted as an event. */
  #apply(operations: readonly Operation[]): void {
    if (this.#closed || operations.length === 0) return;
    try {
      this.#store.apply(operations);
    } catch (cause) {
      const message = `while writing a pod's status: ${(cause as Error).message}`;
      this.#emit({ type: "error", message, cause });
    }
  }
}
