import type { ObjectKey } from "../objects/object-key.ts";
import type { LocalPod, StopOptions } from "./local-pod.ts";

interface Leaving {
  readonly local: LocalPod;
  readonly gone: Promise<void>;
}

/** Pods whose processes still end, while something else may already stand in their place. */
export class LeavingPods implements Iterable<LocalPod> {
  /** The last one of each name. */
  readonly #pods = new Map<string, Leaving>();
  readonly #onStopped: (pod: ObjectKey) => void;

  constructor(onStopped: (pod: ObjectKey) => void) {
    this.#onStopped = onStopped;
  }

  /** Ends it in the background. */
  retire(pod: ObjectKey, local: LocalPod, options: StopOptions): void {
    const id = idOf(pod);
    const gone = Promise.all([this.#pods.get(id)?.gone, local.stop(options)]).then(() => {
      this.#onStopped(pod);
      if (this.#pods.get(id)?.gone === gone) this.#pods.delete(id);
    });
    this.#pods.set(id, { local, gone });
  }

  /** Settles when all that had this pod's name have ended; undefined when there are none. */
  gone(pod: ObjectKey): Promise<void> | undefined {
    return this.#pods.get(idOf(pod))?.gone;
  }

  /** Waits for all of them. @param grace in milliseconds, for those that may take longer. */
  async end(grace: number | undefined): Promise<void> {
    const leaving = [...this.#pods.values()];
    if (grace !== undefined) for (const { local } of leaving) void local.stop({ grace });
    await Promise.all(leaving.map(({ gone }) => gone));
  }

  *[Symbol.iterator](): Iterator<LocalPod> {
    for (const { local } of this.#pods.values()) yield local;
  }
}

function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
