import type { Context } from "./command.ts";

/** Milliseconds after which a step that still runs is told. */
const PATIENCE = 1000;

/** Runs a step; on a terminal, one that takes long says so, and takes the line back when it is done. */
export async function withProgress<T>(
  { stderr }: Context,
  what: string,
  step: () => Promise<T>,
): Promise<T> {
  if (!(stderr as Partial<NodeJS.WriteStream>).isTTY) return step();
  let shown = false;
  const timer = setTimeout(() => {
    shown = true;
    stderr.write(`${what} …`);
  }, PATIENCE);
  try {
    return await step();
  } finally {
    clearTimeout(timer);
    if (shown) stderr.write("\r\x1b[2K");
  }
}
