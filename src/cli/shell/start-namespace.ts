import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensurePrivateFolder, privateFolder } from "../../runtime/private-folder.ts";
import { hasSystemPowers, missingPrograms, namespaceFacts } from "../../shell/facts.ts";
import { Namespace } from "../../shell/namespace.ts";
import { systemPath } from "../../shell/program.ts";
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
