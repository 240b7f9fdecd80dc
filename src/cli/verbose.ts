import type { SourceSink } from "../sources/source.ts";
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

/** With `-v`, has what a source tells beside its findings on stderr: by which tool something was rendered, say. */
export function toldTo({ verbose, stderr }: Context): Pick<SourceSink, "told"> {
  return verbose === true ? { told: (message) => void stderr.write(`${message}\n`) } : {};
}
