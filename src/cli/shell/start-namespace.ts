import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { ensurePrivateFolder, privateFolder } from "../../runtime/private-folder.ts";
import { hasSystemPowers, missingPrograms, namespaceFacts } from "../../shell/facts.ts";
import { Namespace } from "../../shell/namespace.ts";
import { findProgram, systemPath } from "../../shell/program.ts";
import { INSTEAD, whyNoNamespace } from "../../shell/refusal.ts";
import type { ShellOptions } from "../../shell/shell.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** Starts a namespace; nothing of it is waited for. @throws CommandError where there can be none. */
export function startNamespace({ env }: Context): ShellOptions {
  const path = systemPath(env["PATH"]);
  if (process.platform !== "linux" || missingPrograms(path).length > 0) throw refused(path, "");
  const sockets = privateFolder(env);
  const folder = join(sockets, "shell");
  try {
    ensurePrivateFolder(sockets);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const cause = error as Error;
    throw new CommandError(EXIT.unreadable, cause.message, undefined, { cause });
  }
  const options = { path, isRoot: hasSystemPowers() };
  return { ...options, folder, namespace: new Namespace(options) };
}

/** Why there is no namespace, what allows one, and what works instead. */
export function noNamespace({ env }: Context, complaint: string): CommandError {
  return refused(systemPath(env["PATH"]), complaint);
}

function refused(path: string, complaint: string): CommandError {
  const { reason, allow } = whyNoNamespace(namespaceFacts(path, complaint));
  const hints = [...(allow === undefined ? [] : [`to allow it: ${allow}`]), INSTEAD];
  const message = `this machine gives a program no network of its own: ${reason}`;
  return new CommandError(EXIT.cannotListen, message, hints.join("\n  "));
}

/** @throws CommandError before anything is started. */
export function checkProgram({ env, cwd }: Context, program: string): void {
  try {
    accessSync(cwd, constants.X_OK);
  } catch (cause) {
    const message = `the working folder ${cwd} is out of reach for this user`;
    throw new CommandError(EXIT.unreadable, message, "cd to another one first", { cause });
  }
  const path = env["PATH"] ?? "";
  if (findProgram(program, path, cwd) !== undefined) return;
  const candidates = program.includes("/")
    ? [resolve(cwd, program)]
    : path.split(delimiter).map((folder) => join(folder, program));
  const isThere = program !== "" && candidates.some((file) => existsSync(file));
  if (isThere) throw new CommandError(EXIT.notExecutable, `${program}: may not be run`);
  throw new CommandError(EXIT.noProgram, `${program}: there is no such program`);
}
