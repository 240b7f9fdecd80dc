import type { Namespace, NamespaceError } from "../network/namespace.ts";
import { type EntryWords, enter } from "../network/pod-script.ts";

/** Where a command runs: a place in a network, and the namespace that starts it there. */
export interface ShellPlace {
  readonly namespace: Namespace;
  readonly entry: EntryWords;
  /** The command's own. */
  readonly address: string;
  /** Where NodePorts are. */
  readonly nodeAddress: string;
  /** Ends everything at this place, and what served it. */
  close(): Promise<void>;
}

export interface RunOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The command was killed with its namespace. */
  readonly onKilled: (error: NamespaceError) => void;
}

/** Runs a command at a place and waits for its end. @returns its exit code; 128 and the number for a signal. */
export async function runAt(
  { namespace, entry }: ShellPlace,
  { command, cwd, env, onKilled }: RunOptions,
): Promise<number> {
  return namespace.run({ command: enter(entry, cwd, command), cwd, env }, onKilled);
}
