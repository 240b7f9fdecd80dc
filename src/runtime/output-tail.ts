import { CrashLine } from "./crash-line.ts";

/** The kubelet's limits for a termination message taken from the log. */
const MAX_LINES = 80;
const MAX_LENGTH = 2048;

/** The end of a container run's output, from which its termination message is taken. */
export class OutputTail {
  readonly #lines: string[] = [];
  #length = 0;
  readonly #crashLine = new CrashLine();

  add(line: string): void {
    const kept = line.length > MAX_LENGTH ? line.slice(-MAX_LENGTH) : line;
    this.#crashLine.add(kept);
    this.#lines.push(kept);
    this.#length += kept.length + 1;
    while (this.#lines.length > MAX_LINES || this.#length > MAX_LENGTH + 1) {
      this.#length -= (this.#lines.shift() ?? "").length + 1;
    }
  }

  get text(): string {
    return this.#lines.join("\n");
  }

  /** The line that best explains why it ended. */
  get reason(): string {
    return this.#crashLine.text;
  }
}
