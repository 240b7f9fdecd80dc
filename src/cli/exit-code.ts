import { constants } from "node:os";

/** Exit codes of commands. */
export const EXIT = {
  ok: 0,
  /** The answer is no: no match, findings, NXDOMAIN. */
  no: 1,
  /** The command was not understood. */
  usage: 2,
  /** An input could not be read. */
  unreadable: 3,
  /** An address that was asked for could not be bound. */
  cannotListen: 4,
  /** As with env, nohup and shells: the program may not be executed, or does not exist. */
  notExecutable: 126,
  noProgram: 127,
} as const;

/** The exit code after a signal, as in shells: 128 and the signal's number. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
