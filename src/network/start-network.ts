import { mkdirSync } from "node:fs";
import { canDial } from "./dialers.ts";
import { hasSystemPowers, missingPrograms, namespaceFacts } from "./facts.ts";
import { Namespace, NamespaceError, type NamespaceUse } from "./namespace.ts";
import type { PodNetworkOptions } from "./pod-network.ts";
import { systemPath } from "./program.ts";
import { type Refusal, whyNoNamespace } from "./refusal.ts";

/**
 * Starts the namespace of a network without waiting for it.
 * @param folder this user's own: the namespace mounts its files over it, unseen outside.
 * @param path searched for programs, together with the system's folders.
 * @param below the command line prefix that starts a process in the user namespace of the pods' containers
 * @throws NamespaceError when it is known beforehand that there can be none; Error when the folder can't be made
 */
export function startNetwork(
  folder: string,
  path: string | undefined,
  use: NamespaceUse,
  below?: readonly string[],
): PodNetworkOptions {
  const programs = systemPath(path);
  if (process.platform !== "linux" || missingPrograms(programs).length > 0 || !canDial) {
    throw new NamespaceError("");
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const options = { path: programs, isRoot: hasSystemPowers(), below };
  const namespace = new Namespace(options, use);
  return { ...options, folder, namespace, startsInside: use === "command" };
}

/** Why there is no network, once {@link startNetwork} or what it began has failed. */
export function whyNoNetwork(path: string | undefined, { message }: Error): Refusal {
  return whyNoNamespace(namespaceFacts(systemPath(path), message));
}
