import { Readable } from "node:stream";
import type { Execution } from "./exec.ts";

/**
 * What a container writes from now on, as the streams of a command. There is no input: a local process is started
 * without one.
 */
export function attached(output: AsyncIterable<string>, end: () => void): Execution {
  const stdout = Readable.from(output, { objectMode: false });
  const exited = new Promise<{ readonly exitCode: number }>((resolve) => {
    stdout.once("close", () => resolve({ exitCode: 0 }));
  });
  return { stdin: undefined, stdout, stderr: undefined, exited, resize: () => {}, kill: end };
}
