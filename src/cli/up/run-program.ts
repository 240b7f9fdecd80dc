import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { StringMap } from "../../objects/object.ts";
import { notStarted } from "../check-program.ts";
import type { Context } from "../command.ts";

/** A program that an `up` is for: when it ends, so does the `up`. */
export interface ProgramToRun {
  readonly command: readonly string[];
  /** Whether it runs in the cluster's network, as `kubelane shell` has it. */
  readonly shell: boolean;
}

/**
 * Runs a program until it ends, with the terminal to itself.
 * @param variables what leads it to the Services, where it is not in their network.
 * @returns its exit code; 128 and the signal's number if it was killed.
 */
export async function runProgramBeside(
  { cwd, env }: Context,
  { command, shell }: ProgramToRun,
  variables: StringMap,
  stopped: Promise<NodeJS.Signals>,
): Promise<number> {
  // The command line itself knows how to get into the network of a running `up`.
  const own = [process.execPath, process.argv[1] ?? "", "shell", "--up", `${process.pid}`, "--"];
  const [program = "", ...args] = shell ? [...own, ...command] : command;
  const child = spawn(program, args, {
    cwd,
    env: shell ? env : { ...env, ...variables, NODE_USE_ENV_PROXY: "1" },
    stdio: "inherit",
  });
  stopped.then((signal) => child.kill(signal));
  return exitOf(child, program);
}

function exitOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(notStarted(program, error.code, error)),
    );
    child.once("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
