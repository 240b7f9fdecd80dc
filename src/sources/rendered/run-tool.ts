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
  /** What it is asked for its version with. */
  readonly versionArgs: readonly string[];
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

/** Milliseconds that a tool has to say which version it is. */
const VERSION_TIMEOUT = 5_000;

/**
 * Which version a tool is, as it says so itself: `v3.20.0`. Of several, kustomize's is the last, in kubectl's answer.
 * @returns undefined where it does not say.
 */
export function versionOf({ program, versionArgs }: Tool, { cwd, env }: ToolOptions) {
  return new Promise<string | undefined>((resolve) => {
    const child = execFile(
      program,
      versionArgs,
      { cwd, env, timeout: VERSION_TIMEOUT, windowsHide: true },
      (_error, stdout) => resolve(stdout.match(/v\d+\.\d+\.\d+[\w.+-]*/g)?.at(-1)),
    );
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
