import type { Limits } from "../../limits.ts";
import { LINGER_MS } from "../../transport/linger.ts";

/** What a connection waits for between two exchanges; each has its own time limit. */
export type Wait = "head" | "idle" | "linger";

/** The time limit of a connection between two exchanges. */
export class Deadline {
  waitingFor: Wait = "idle";
  /** When the wait began. */
  since = 0;
  readonly #limits: Limits;
  /** 0 when nothing is waited for. */
  #at = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Starts over, also when the same was waited for before. */
  set(what: Wait): void {
    const time = this.#timeFor(what);
    this.waitingFor = what;
    this.since = Date.now();
    this.#at = time === 0 ? 0 : this.since + time;
  }

  clear(): void {
    this.#at = 0;
  }

  isOver(now: number): boolean {
    return this.#at !== 0 && now >= this.#at;
  }

  #timeFor(what: Wait): number {
    switch (what) {
      case "head":
        return this.#limits.headTime;
      case "idle":
        return this.#limits.idleTime;
      case "linger":
        return LINGER_MS;
    }
  }
}
