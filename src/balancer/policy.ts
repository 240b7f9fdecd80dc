import type { Backend } from "./backend.ts";

/** What a choice may depend on besides the endpoints; everything that varies is handed in. */
export interface Turn {
  /** Uniform in [0, 1). */
  random(): number;
  /** Milliseconds. */
  now(): number;
  /** Choices made before for this service port. */
  readonly count: number;
}

/** How one of several usable endpoints is chosen (P.4). Without state of its own: that is in `Turn` and loads. */
export interface Policy {
  readonly name: string;
  /**
   * Chooses one.
   * @param backends at least one.
   */
  choose(backends: readonly Backend[], turn: Turn): Backend;
}
