import { PassThrough } from "node:stream";
import type { Context } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { runProgram } from "../../src/cli/program.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, with nothing of the real terminal. */
export async function kubelane(
  argv: readonly string[],
  options: Partial<Pick<Context, "cwd" | "env" | "color">> & { readonly input?: string } = {},
): Promise<Outcome> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = new PassThrough();
  stdin.end(options.input ?? "");
  const code = await runProgram(COMMANDS, "0.0.0", argv, {
    stdout,
    stderr,
    stdin,
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    color: options.color ?? false,
    signal: () => new Promise(() => {}),
  });
  const text = (stream: PassThrough) => String(stream.read() ?? "");
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
