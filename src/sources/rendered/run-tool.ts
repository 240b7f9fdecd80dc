import { execFile } from "node:child_process";

/** A tool that does not answer for that long waits for something that will not come: a password, a server. */
const TIMEOUT = 120_000;
const MAX_OUTPUT = 256 * 1024 * 1024;

/** What a tool ended with that failed: its last words. */
export class ToolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ToolError";
  }
}

export interface Tool {
  /** The file of the program. */
  readonly program: string;
  readonly args: readonly string[];
}

export interface ToolOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @returns what the tool writes to standard output. @throws ToolError */
export function runTool({ program, args }: Tool, { cwd, env }: ToolOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, timeout: TIMEOUT, maxBuffer: MAX_OUTPUT, windowsHide: true };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.killed === true) {
        return reject(new ToolError(`it was stopped after ${TIMEOUT / 1_000} s without an end`));
      }
      reject(new ToolError(lastWords(stderr) ?? error.message));
    });
    // Nothing is asked of the user.
    child.stdin?.end();
  });
}

/** What tools say last is why they ended; helm goes on with advice about itself. */
function lastWords(stderr: string): string | undefined {
  const text = stderr
    .replace(/\n+Use --debug flag[\s\S]*$/, "")
    .replace(/^[\s\S]*?^(?:error|Error): /m, "")
    .replace(/\s+/g, " ")
    .trim();
  return text === "" ? undefined : text;
}
