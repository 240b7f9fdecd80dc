import { printable } from "../../diagnostics/printable.ts";
import type { Context } from "../command.ts";

/** A line of a container's output, from whatever source. */
export interface PrintedLine {
  readonly time: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly line: string;
}

export interface LogFormat {
  readonly json: boolean;
  readonly timestamps: boolean;
}

/** Prints lines, with the names of pod and container where there are several. */
export class LogPrinter {
  readonly #stdout: Context["stdout"];
  readonly #format: LogFormat;
  readonly #color: boolean;
  readonly #colors = new Map<string, number>();

  constructor({ stdout, color }: Context, format: LogFormat) {
    this.#stdout = stdout;
    this.#format = format;
    this.#color = color;
  }

  /** @param named whether names are printed */
  print(line: PrintedLine, named: "no" | "pod" | "container"): void {
    if (this.#format.json) {
      this.#stdout.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const time = this.#format.timestamps ? `${line.time} ` : "";
    const who = named === "container" ? `${line.pod} ${line.container}` : line.pod;
    const prefix = named === "no" ? "" : `${this.#painted(who)} | `;
    // The program's colours are kept; escape sequences that move the cursor or set the title are removed.
    this.#stdout.write(`${prefix}${time}${this.#color ? line.line : printable(line.line)}\n`);
  }

  #painted(who: string): string {
    if (!this.#color) return who;
    const color = this.#colors.get(who) ?? 31 + ((this.#colors.size + 1) % 6);
    this.#colors.set(who, color);
    return `\u001b[${color}m${who}\u001b[0m`;
  }
}
