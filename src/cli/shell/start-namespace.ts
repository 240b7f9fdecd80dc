import { join } from "node:path";
import { NamespaceError } from "../../network/namespace.ts";
import type { PodNetworkOptions } from "../../network/pod-network.ts";
import { INSTEAD } from "../../network/refusal.ts";
import { startNetwork, whyNoNetwork } from "../../network/start-network.ts";
import { ensurePrivateFolder, privateFolder } from "../../runtime/private-folder.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** Starts a namespace without waiting for it. @throws CommandError where there can be none. */
export function startNamespace(context: Context): PodNetworkOptions {
  const { env } = context;
  try {
    const folder = privateFolder(env);
    ensurePrivateFolder(folder);
    return startNetwork(join(folder, "shell"), env["PATH"], "command");
  } catch (error) {
    const cause = error as Error;
    if (cause instanceof NamespaceError) throw noNamespace(context, cause);
    throw new CommandError(EXIT.unreadable, cause.message, undefined, { cause });
  }
}

/** Why there is no namespace, how to allow one, and what works without it. */
export function noNamespace({ env }: Context, error: NamespaceError): CommandError {
  const { reason, allow } = whyNoNetwork(env["PATH"], error);
  const hints = [...(allow === undefined ? [] : [`to allow it: ${allow}`]), INSTEAD];
  const message = `this machine gives a program no network of its own: ${reason}`;
  return new CommandError(EXIT.cannotListen, message, hints.join("\n  "));
}
