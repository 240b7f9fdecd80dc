import type { ObjectKey } from "../objects/object-key.ts";
import type { LocalPod, StopOptions } from "./local-pod.ts";

/** Pods whose processes are still ending, possibly while new pods of the same names exist. */
export class LeavingPods implements Iterable<LocalPod> {
  readonly #locals = new Set<LocalPod>();
  /** By name: settles when all pods of that name have ended. */
  readonly #gone = new Map<string, Promise<void>>();
  readonly #onStopped: (pod: ObjectKey) => void;

  constructor(onStopped: (pod: ObjectKey) => void) {
    this.#onStopped = onStopped;
  }

  /**
   * Ends it in the background.
   * @param isReplaced whether the pod goes on with other processes
   */
  retire(pod: ObjectKey, local: LocalPod, options: StopOptions, isReplaced = false): void {
    const id = idOf(pod);
    this.#locals.add(local);
    const stopped = local.stop(options).then(() => this.#locals.delete(local));
    const gone = Promise.all([this.#gone.get(id), stopped]).then(() => {
      if (!isReplaced) this.#onStopped(pod);
      if (this.#gone.get(id) === gone) this.#gone.delete(id);
    });
    this.#gone.set(id, gone);
  }

  /** Settles when all former pods of this name have ended; undefined when there are none. */
  gone(pod: ObjectKey): Promise<void> | undefined {
    return this.#gone.get(idOf(pod));
  }

  /** Waits for all of them. @param grace milliseconds, to shorten the time of those that would take longer. */
  async end(grace: number | undefined): Promise<void> {
    if (grace !== undefined) for (const local of this.#locals) void local.stop({ grace });
    await Promise.all(this.#gone.values());
  }

  [Symbol.iterator](): Iterator<LocalPod> {
    return this.#locals.values();
  }
}

function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
