import type { Engine } from "../../engine/engine.ts";
import type { RuntimeEvent } from "../../runtime/event.ts";

/** The local pods that have processes, by what the engine tells. */
export class RunningPods {
  readonly #names = new Set<string>();

  constructor(engine: Engine) {
    engine.on("pod", (event) => this.#take(event));
  }

  get names(): readonly string[] {
    return [...this.#names];
  }

  #take(event: RuntimeEvent): void {
    if (event.type === "started") this.#names.add(event.pod.name);
    const isOver = event.type === "exited" && event.restartIn === undefined;
    if (event.type === "stopped" || isOver) this.#names.delete(event.pod.name);
  }
}
