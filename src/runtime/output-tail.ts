/** The kubelet's limits for a termination message taken from the log. */
const MAX_LINES = 80;
const MAX_LENGTH = 2048;

/** The last output of a container run: what says best why it ended. */
export class OutputTail {
  readonly #lines: string[] = [];
  #length = 0;

  add(line: string): void {
    const kept = line.length > MAX_LENGTH ? line.slice(-MAX_LENGTH) : line;
    this.#lines.push(kept);
    this.#length += kept.length + 1;
    while (this.#lines.length > MAX_LINES || this.#length > MAX_LENGTH + 1) {
      this.#length -= (this.#lines.shift() ?? "").length + 1;
    }
  }

  get text(): string {
    return this.#lines.join("\n");
  }

  /** The last line that says something. */
  get last(): string {
    return this.#lines.findLast((line) => line.trim() !== "")?.trim() ?? "";
  }
}
