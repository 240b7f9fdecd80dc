import type { Engine } from "../../engine/engine.ts";
import type { RuntimeEvent } from "../../runtime/event.ts";

/** The local pods that have processes, by what the engine tells. */
export class RunningPods {
  /** Names of pods by what runs in them. */
  readonly #processes = new Map<number, string>();

  constructor(engine: Engine) {
    engine.on("pod", (event) => this.#take(event));
  }

  get names(): readonly string[] {
    return [...new Set(this.#processes.values())];
  }

  #take(event: RuntimeEvent): void {
    if (event.type === "started") this.#processes.set(event.pid, event.pod.name);
    else if (event.type === "exited" && event.pid !== undefined) this.#processes.delete(event.pid);
  }
}
