import { constants } from "node:os";

/** What the command's answer is, as a process exit code. */
export const EXIT = {
  ok: 0,
  /** The answer is no: no match, findings, NXDOMAIN. */
  no: 1,
  /** The command was not understood. */
  usage: 2,
  /** An input could not be read. */
  unreadable: 3,
  /** An address that was asked for could not be listened on. */
  cannotListen: 4,
  /** As env, nohup and shells have it for a program that may not be run, or isn't there. */
  notExecutable: 126,
  noProgram: 127,
} as const;

/** The exit code of a command that a signal ended: as shells have it, 128 and the signal's number. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
