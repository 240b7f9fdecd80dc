import { join } from "node:path";
import type { Membership } from "../network/membership.ts";
import { Namespace, type NamespaceOptions } from "../network/namespace.ts";
import { quote, writeFile } from "../network/script-text.ts";
import type { ShellPlace } from "./shell.ts";

/**
 * Goes to a place in the network of local pods, in which the command is one more member: its connections are routed
 * to every port of every pod. What it starts still ends with it, as it has processes of its own.
 * @param files for `folder`, by name.
 * @throws NamespaceError
 */
export async function joinNetwork(
  membership: Membership,
  options: NamespaceOptions,
  files: ReadonlyMap<string, string>,
  folder: string,
): Promise<ShellPlace> {
  const namespace = new Namespace({ ...options, within: membership.agentEntry });
  const close = async () => {
    await namespace.close();
    await membership.leave();
  };
  try {
    await namespace.up();
    if (files.size > 0) {
      const lines = [...files].map(([name, text]) => writeFile(join(folder, name), text));
      await namespace.setUp([`mkdir -p ${quote(folder)}`, ...lines].join("\n"));
    }
    const { entry, address, nodeAddress } = membership;
    return { namespace, entry, address, nodeAddress, close };
  } catch (error) {
    await close();
    throw error;
  }
}
