/** How runtimes begin the line that says what went wrong: Node, Python, Java and the like; Go; a JVM's last thread. */
const HEADLINE =
  /^(?:Uncaught )?(?:[\w$]+\.)*[A-Z][\w$]*(?:Error|Exception)\b|^panic: |^fatal error: |^Exception in thread "/;

/** A line of a stack trace, or of what stands between and after such lines. */
const TRACE =
  /^\s+at |^\t|^goroutine \d+ \[|^[\w./()*]+\(.*\)$|^created by |^exit status \d+$|^Caused by: |^\s+\.\.\. |^Node\.js v\d|^Emitted '[^']*' event |^\(Use `node |^\s*[{}]|^ {2,}\S+: /;

/**
 * Finds in a program's output, line by line, the one that says best why it ended: the error's own line where it
 * ends with a stack trace, else the last one.
 */
export class CrashLine {
  #headline: string | undefined;
  /** The last line that says something, stack traces apart. */
  #said = "";
  #last = "";
  /** Whether anything but a stack trace has followed the headline. */
  #isOver = false;

  add(line: string): void {
    if (line.trim() === "") return;
    this.#last = line;
    if (HEADLINE.test(line)) {
      this.#headline = line;
      this.#isOver = false;
    } else if (!TRACE.test(line)) {
      this.#isOver = this.#isOver || this.#headline !== undefined;
      this.#said = line;
    } else if (this.#headline === undefined || this.#isOver) {
      // A stack trace of something that names itself as none of the above.
      this.#headline = this.#said === "" ? undefined : this.#said;
      this.#isOver = false;
    }
  }

  get text(): string {
    const best = this.#headline !== undefined && !this.#isOver ? this.#headline : this.#last;
    return best.trim();
  }
}
