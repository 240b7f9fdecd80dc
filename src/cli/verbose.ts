import type { Context } from "./command.ts";

/** Runs a step; with `-v`, prints its result and duration on stderr. */
export async function timed<T>(
  { verbose, stderr }: Context,
  describe: (result: T) => string,
  step: () => Promise<T> | T,
): Promise<T> {
  if (verbose !== true) return step();
  const began = performance.now();
  const result = await step();
  stderr.write(`${describe(result)} (${(performance.now() - began).toFixed(0)} ms)\n`);
  return result;
}
