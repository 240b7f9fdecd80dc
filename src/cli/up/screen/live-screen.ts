import { Writable } from "node:stream";
import type { Engine } from "../../../engine/engine.ts";
import type { Pod } from "../../../objects/pod.ts";
import type { Context } from "../../command.ts";
import { widthOf } from "./cells.ts";
import { EngineActivity } from "./engine-activity.ts";
import { footer } from "./footer.ts";
import { listenToKeys, type PressedKey } from "./keys.ts";
import { scroll } from "./pane.ts";
import { PodLines } from "./pod-lines.ts";
import { POD_HEADER, podNamed, podRows } from "./pods.ts";
import { SERVICE_HEADER, serviceRows } from "./services.ts";
import { TablePane } from "./table-pane.ts";

/** Milliseconds between two drawings. */
const REDRAW = 250;

const HELP = [
  ...["tab Services or Pods", "arrows choose", "enter pods of a Service, lines of a pod"],
  ...["/ filter", "R restart the pod", "r read the files again", "q quit"],
];

export interface LiveScreenOptions {
  /** Key `r`. */
  readonly onReload: () => void;
  /** Key `R` on a pod. */
  readonly onRestart: (pod: Pod) => void;
  /** Keys `q` and Ctrl-C. */
  readonly onQuit: () => void;
}

/**
 * A table at the end of a terminal that is drawn anew as things change; what is printed goes above it. The lines of
 * one pod take the whole terminal, and what is printed meanwhile comes after that.
 */
export interface LiveScreen {
  /** Writes above the table. */
  readonly log: Writable;
  /** Takes the table away and gives the terminal back. */
  close(): void;
}

/** @returns undefined where standard output is no terminal that could draw anew: plain lines are for that. */
export function openLiveScreen(
  { stdout, stdin, env }: Context,
  engine: Engine,
  options: LiveScreenOptions,
): LiveScreen | undefined {
  const terminal = stdout as Writable & Partial<NodeJS.WriteStream>;
  if (terminal.isTTY !== true || env["TERM"] === "dumb") return undefined;
  return new Screen(terminal, stdin, engine, options);
}

class Screen implements LiveScreen {
  readonly log: Writable;
  readonly #terminal: Writable & Partial<NodeJS.WriteStream>;
  readonly #engine: Engine;
  readonly #options: LiveScreenOptions;
  readonly #activity: EngineActivity;
  readonly #services: TablePane;
  /** The table of pods, while it is shown in place of that of Services. */
  #pods: TablePane | undefined;
  /** The lines of one pod, while they take the whole terminal. */
  #lines: PodLines | undefined;
  #help = false;
  /** The lines of the table that stand on the terminal. */
  #drawn: readonly string[] = [];
  /** What waits until the lines of a pod are left. */
  #held: (() => void) | undefined;
  #isClosed = false;
  readonly #timer: NodeJS.Timeout;
  readonly #draw = () => this.#drawBelow("");
  readonly #releaseKeys: (() => void) | undefined;

  constructor(
    terminal: Writable & Partial<NodeJS.WriteStream>,
    stdin: NodeJS.ReadableStream,
    engine: Engine,
    options: LiveScreenOptions,
  ) {
    this.#terminal = terminal;
    this.#engine = engine;
    this.#options = options;
    this.#activity = new EngineActivity(engine);
    this.#services = new TablePane(SERVICE_HEADER, () => serviceRows(engine.store, this.#activity));
    this.log = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => this.#print(String(chunk), done),
      writev: (chunks, done) =>
        this.#print(chunks.map(({ chunk }) => String(chunk)).join(""), done),
    });
    this.#timer = setInterval(this.#draw, REDRAW);
    this.#timer.unref();
    terminal.on("resize", this.#draw);
    this.#releaseKeys = listenToKeys(stdin, (key) => {
      this.#press(key);
      this.#draw();
    });
    this.#draw();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#leaveLines();
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#releaseKeys?.();
    this.#terminal.off("resize", this.#draw);
    this.#activity.close();
    this.#terminal.write(this.#erasure());
  }

  #print(text: string, done: () => void): void {
    if (this.#lines !== undefined) {
      // Not done yet: whoever writes sees how much waits, and knows what becomes of too much.
      this.#held = () => this.#print(text, done);
      return;
    }
    if (this.#isClosed) this.#terminal.write(text);
    else this.#drawBelow(text.endsWith("\n") ? text : `${text}\n`);
    done();
  }

  #drawBelow(above: string): void {
    if (this.#isClosed) return;
    const { columns: width = 80, rows: height = 24 } = this.#terminal;
    if (this.#lines !== undefined) {
      this.#terminal.write(this.#lines.redrawn({ width, height }, this.#help));
      return;
    }
    const table = this.#pods ?? this.#services;
    const size = { width, height: Math.max(3, Math.floor(height / 2)) };
    const hasKeys = this.#releaseKeys !== undefined;
    const lines = [
      ...table.lines(size),
      ...(hasKeys ? footer(table.filter, this.#help && HELP, width) : []),
    ];
    // What is drawn anew takes away what somebody has just marked with the mouse.
    if (above === "" && lines.join("\n") === this.#drawn.join("\n")) return;
    this.#terminal.write(`${this.#erasure()}${above}${lines.map((line) => `${line}\n`).join("")}`);
    this.#drawn = lines;
  }

  /** Takes the table away, which has more lines where the terminal has become narrower. */
  #erasure(): string {
    const { columns = 80 } = this.#terminal;
    const rows = this.#drawn.map((line) => Math.max(1, Math.ceil(widthOf(line) / columns)));
    if (rows.length === 0) return "";
    return `\x1b[${rows.reduce((sum, each) => sum + each)}A\x1b[0J`;
  }

  #press(key: PressedKey): void {
    const pane = this.#lines?.pane ?? this.#pods ?? this.#services;
    const pressed = key.name ?? key.text;
    if (pressed === "interrupt") this.#options.onQuit();
    else if (pane.filter.press(key)) return;
    else if (pressed === "h") this.#help = !this.#help;
    else if (pressed === "R") this.#restart();
    else if (this.#lines !== undefined && (pressed === "q" || pressed === "escape")) {
      this.#leaveLines();
    } else if (this.#lines === undefined) this.#pressAtTable(pressed);
    scroll(pane, pressed);
  }

  #pressAtTable(key: string): void {
    if (key === "q") this.#options.onQuit();
    else if (key === "r") this.#options.onReload();
    else if (key === "return") this.#open();
    else if (key === "escape") this.#pods = undefined;
    else if (key === "tab") this.#pods = this.#pods === undefined ? this.#podsOf() : undefined;
  }

  /** The pods of the chosen Service, or the lines of the chosen pod. */
  #open(): void {
    const { chosen } = this.#pods ?? this.#services;
    if (chosen === undefined) return;
    if (this.#pods === undefined) {
      this.#pods = this.#podsOf(chosen);
      return;
    }
    const pod = podNamed(this.#engine.store, chosen);
    if (pod === undefined) return;
    this.#terminal.write(this.#erasure());
    this.#drawn = [];
    this.#lines = new PodLines(this.#engine, pod);
  }

  #podsOf(service?: string): TablePane {
    const lastLine = (pod: string) => this.#activity.lastLine(pod);
    return new TablePane(POD_HEADER, () => podRows(this.#engine.store, lastLine, service));
  }

  #leaveLines(): void {
    if (this.#lines === undefined) return;
    this.#terminal.write(this.#lines.close());
    this.#lines = undefined;
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  #restart(): void {
    const id = this.#lines?.pod ?? this.#pods?.chosen;
    const pod = id === undefined ? undefined : podNamed(this.#engine.store, id);
    if (pod !== undefined) this.#options.onRestart(pod);
  }
}
