import { type ChildProcess, spawn as nodeSpawn, type SpawnOptions } from "node:child_process";
import { constants } from "node:os";
import type { ExecExit, ExecRequest, Execution } from "../api/streaming/exec.ts";
import { beside } from "../runtime/beside.ts";
import type { Launch } from "../runtime/launch.ts";
import { onTerminal } from "../runtime/terminal-command.ts";
import { terminalResizer } from "../runtime/terminal-size.ts";

/** The exit code that shells use for a missing program. */
const NOT_FOUND = 127;

/**
 * Runs a command beside a container's process: in its folder and network, with its environment.
 */
export function execBeside(launch: Launch, { command, stdin, tty }: ExecRequest): Execution {
  const inside = beside(launch, command, { stdin, tty });
  const { spawn = nodeSpawn, cwd, env } = inside;
  const [file = "", ...args] = tty ? onTerminal(inside.command) : inside.command;
  const options: SpawnOptions = {
    cwd,
    env,
    stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
    // A process group of its own, so that all of it can be ended at once.
    detached: true,
  };
  const child = spawn(file, args, options);
  return {
    stdin: child.stdin ?? undefined,
    stdout: child.stdout!,
    stderr: tty ? undefined : child.stderr!,
    exited: exitOf(child, tty ? (command[0] ?? "") : file),
    resize: tty ? terminalResizer(child.pid) : () => {},
    kill: () => killGroup(child),
  };
}

function exitOf(child: ChildProcess, program: string): Promise<ExecExit> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const startError =
        error.code === "ENOENT"
          ? `exec: "${program}": executable file not found in $PATH`
          : error.message;
      resolve({ exitCode: NOT_FOUND, startError });
    });
    child.once("exit", (code, signal) => {
      // As shells report it: 128 and the signal's number.
      const number = signal === null ? 0 : constants.signals[signal];
      resolve({ exitCode: code ?? 128 + number });
    });
  });
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
