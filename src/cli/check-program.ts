import { accessSync, constants, existsSync } from "node:fs";
import { findProgram, programFiles } from "../network/program.ts";
import { CommandError, type Context } from "./command.ts";
import { EXIT } from "./exit-code.ts";

/**
 * Checks whether a program can be started, before anything is prepared for it, with the exit codes of env and shells.
 * @throws CommandError (exit 127) when it is missing, (126) when it may not be executed, (3) when the folder to start
 * it in is missing.
 */
export function checkProgram({ env, cwd }: Context, program: string): void {
  try {
    accessSync(cwd, constants.X_OK);
  } catch (cause) {
    const message = `the working folder ${cwd} is out of reach for this user`;
    throw new CommandError(EXIT.unreadable, message, "cd to another one first", { cause });
  }
  // On Windows, PATHEXT completes a program's name.
  if (process.platform === "win32") return;
  const path = env["PATH"] ?? "";
  if (findProgram(program, path, cwd) !== undefined) return;
  const isThere = program !== "" && programFiles(program, path, cwd).some(existsSync);
  throw notStarted(program, isThere ? "EACCES" : "ENOENT");
}

/** The error for a program that could not be started, by its error code. */
export function notStarted(program: string, code: string | undefined, cause?: Error): CommandError {
  const options = cause === undefined ? undefined : { cause };
  if (code === "ENOENT") {
    return new CommandError(
      EXIT.noProgram,
      `${program}: there is no such program`,
      undefined,
      options,
    );
  }
  const why = code === "EACCES" || cause === undefined ? "may not be run" : cause.message;
  return new CommandError(EXIT.notExecutable, `${program}: ${why}`, undefined, options);
}
