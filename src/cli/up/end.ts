import { setTimeout } from "node:timers/promises";
import type { Engine } from "../../engine/engine.ts";
import type { Context } from "../command.ts";
import { exitCodeOf } from "../exit-code.ts";
import type { RunningPods } from "./running-pods.ts";
import { listed } from "./wait-for-pods.ts";

/**
 * Milliseconds after the first signal in which another one is its echo: from a terminal, Ctrl-C reaches npm
 * and what npm started, and npm passes it on once more.
 */
const ECHO = 300;

/** Milliseconds of an end after which it says what it waits for. */
const SLOW = 1500;

/** Drains; a second signal ends everything at once. */
export async function end(
  { stderr, signal: next }: Context,
  engine: Engine,
  pods: RunningPods,
  signal: NodeJS.Signals,
): Promise<number> {
  stderr.write("\nending: letting requests finish and stopping local pods\n");
  const drained = engine.close();
  const second = setTimeout(ECHO, undefined, { ref: false })
    .then(() => next())
    .then(() => engine.close({ grace: 0 }));
  const slow = globalThis.setTimeout(() => {
    const what = pods.names.length === 0 ? "requests to finish" : `${listed(pods.names)} to end`;
    stderr.write(`waiting for ${what}; Ctrl-C again ends everything at once\n`);
  }, SLOW);
  await Promise.race([drained, second]);
  clearTimeout(slow);
  return exitCodeOf(signal);
}
