import type { Context } from "./command.ts";

/** Milliseconds after which a running step is shown. */
const PATIENCE = 1000;

/** Runs a step; if it takes long, a line on the terminal says so and is removed afterwards. */
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
