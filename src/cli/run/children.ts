import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Context } from "../command.ts";
import type { RunPod } from "./protocol.ts";

/** The processes of `kubelane run`. */
export interface Children {
  /** Resolves when all have ended, with the first exit code that is not 0; 128 and the signal's number if killed. */
  readonly ended: Promise<number>;
  signal(signal: NodeJS.Signals): void;
}

/**
 * Starts one process for each pod. A single one uses the terminal directly; with several, lines are prefixed with the
 * pod's name.
 */
export function startChildren(
  { cwd, env, stdout, stderr }: Context,
  [program = "", ...args]: readonly string[],
  pods: readonly RunPod[],
): Children {
  const several = pods.length > 1;
  const children = pods.map((pod) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...env, ...pod.env },
      stdio: several ? ["ignore", "pipe", "pipe"] : "inherit",
      // In a process group of its own, so that all its descendants can be ended. A single one shares ours, as it may
      // read from the terminal.
      detached: several,
    });
    for (const [from, to] of [
      [child.stdout, stdout],
      [child.stderr, stderr],
    ] as const) {
      if (from === null) continue;
      createInterface({ input: from }).on("line", (line) => to.write(`${pod.name} | ${line}\n`));
    }
    return child;
  });
  const ended = Promise.all(children.map(exitOf)).then(
    (codes) => codes.find((code) => code !== 0) ?? 0,
  );
  return {
    ended,
    signal(signal) {
      for (const child of children) send(child, signal, several);
    },
  };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function send(child: ChildProcess, signal: NodeJS.Signals, group: boolean): void {
  const { pid, exitCode, signalCode } = child;
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(group ? -pid : pid, signal);
  } catch {
    // It has just ended.
  }
}
