import type { Engine } from "../../../engine/engine.ts";
import { podStatus } from "../../../objects/columns/pod.ts";
import { qualifiedName } from "../../../objects/object-key.ts";
import type { Pod } from "../../../objects/pod.ts";
import { cut } from "./cells.ts";
import { footer } from "./footer.ts";
import { LogPane } from "./log-pane.ts";
import type { Size } from "./pane.ts";
import { podNamed } from "./pods.ts";

/** A second screen of the terminal, which leaves the first one as it is. */
const ENTER = "\x1b[?1049h";
const LEAVE = "\x1b[?1049l";

const HELP = ["arrows scroll", "end follow", "/ filter", "R restart the pod", "q back"];

/** The lines of one pod, on the whole terminal. */
export class PodLines {
  /** Namespace and name. */
  readonly pod: string;
  readonly pane: LogPane;
  readonly #engine: Engine;
  #last = "";

  constructor(engine: Engine, pod: Pod) {
    this.#engine = engine;
    this.pod = qualifiedName(pod.metadata.namespace, pod.metadata.name);
    this.pane = new LogPane(engine.podLogs, pod);
  }

  /** What the terminal gets: nothing where it shows that already. */
  redrawn({ width, height }: Size, help: boolean): string {
    const below = footer(this.pane.filter, help && HELP, width);
    const room = Math.max(1, height - 1 - below.length);
    const rows = this.pane.rows({ width, height: room });
    const blank = Array.from({ length: room - rows.length }, () => "");
    const lines = [cut(this.#title(), width), ...rows, ...blank, ...below];
    const screen = `\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[0J`;
    if (screen === this.#last) return "";
    const enter = this.#last === "" ? ENTER : "";
    this.#last = screen;
    return enter + screen;
  }

  /** @returns what gives the terminal back. */
  close(): string {
    this.pane.close();
    return this.#last === "" ? "" : LEAVE;
  }

  #title(): string {
    const pod = podNamed(this.#engine.store, this.pod);
    if (pod === undefined) return `${this.pod}: gone; ${this.pane.place}`;
    const status = podStatus(pod);
    return this.#engine.runsPod(pod)
      ? `${this.pod}: ${status}; ${this.pane.place}`
      : `${this.pod}: ${status}; it does not run here, so that its lines are not seen`;
  }
}
