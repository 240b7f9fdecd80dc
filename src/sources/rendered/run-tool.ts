import { execFile } from "node:child_process";

/** Time limit for a tool: after that it probably waits for a password or a server. */
const TIMEOUT = 120_000;
const MAX_OUTPUT = 256 * 1024 * 1024;

/** The last lines of a failed tool. */
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

/** @returns the tool's standard output. @throws ToolError */
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
    // No input: the user can't be asked anything.
    child.stdin?.end();
  });
}

/** The last line usually says why a tool failed; helm adds advice about itself. */
function lastWords(stderr: string): string | undefined {
  const text = stderr
    .replace(/\n+Use --debug flag[\s\S]*$/, "")
    .replace(/^[\s\S]*?^(?:error|Error): /m, "")
    .replace(/\s+/g, " ")
    .trim();
  return text === "" ? undefined : text;
}
