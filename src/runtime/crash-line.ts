/** How runtimes begin the line that names the error: Node, Python, Java and the like; Go; a JVM's last thread. */
const HEADLINE =
  /^(?:Uncaught )?(?:[\w$]+\.)*[A-Z][\w$]*(?:Error|Exception)\b|^panic: |^fatal error: |^Exception in thread "/;

/** A line of a stack trace, or one that may occur between and after such lines. */
const TRACE =
  /^\s+at |^\t|^goroutine \d+ \[|^[\w./()*]+\(.*\)$|^created by |^exit status \d+$|^Caused by: |^\s+\.\.\. |^Node\.js v\d|^Emitted '[^']*' event |^\(Use `node |^\s*[{}]|^ {2,}\S+: /;

/**
 * Finds the line of a program's output that best explains its end: the error's own line where the output ends with a
 * stack trace, else the last line.
 */
export class CrashLine {
  #headline: string | undefined;
  /** The last line that is not part of a stack trace. */
  #said = "";
  #last = "";
  /** Whether anything but a stack trace came after the error's line. */
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
      // A stack trace under an error whose name matches none of the patterns above.
      this.#headline = this.#said === "" ? undefined : this.#said;
      this.#isOver = false;
    }
  }

  get text(): string {
    const best = this.#headline !== undefined && !this.#isOver ? this.#headline : this.#last;
    return best.trim();
  }
}
