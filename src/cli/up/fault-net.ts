import type { Context } from "../command.ts";
import type { Talk } from "./talk.ts";

/**
 * What is under everything that serves: an exception that nobody caught is told with its stack and counted, and
 * everything goes on. Each is a fault of kubelane itself, whose cure is a handler where it came from.
 */
export class FaultNet {
  count = 0;
  /** What the last one said, in a line. */
  last = "";
  readonly #release: () => void;

  constructor(context: Context, talk: Talk) {
    this.#release = context.onFault?.((fault) => this.#add(fault, talk)) ?? (() => {});
  }

  #add(fault: unknown, talk: Talk): void {
    const error = fault instanceof Error ? fault : new Error(String(fault));
    this.count++;
    this.last = `${error.name}: ${error.message}`;
    const { stack = this.last } = error;
    talk.tell(
      { type: "fault", message: error.message, stack },
      `error: a fault of kubelane itself; everything serves on\n${stack}`,
    );
  }

  close(): void {
    this.#release();
  }
}
