import type { EntryWords } from "./pod-script.ts";

/** A program's place in a network that another process has made. */
export interface NetworkPlace {
  /** The command line prefix that enters the namespaces of the network's agent. */
  readonly agentEntry: readonly string[];
  /** The command line that such a process runs to start a command at this place. */
  readonly entry: EntryWords;
  /** A folder for the program's files, visible only in these namespaces. */
  readonly folder: string;
  readonly address: string;
  /** Where NodePorts are. */
  readonly nodeAddress: string;
}

/** A place that is reserved until it is released. */
export interface Membership extends NetworkPlace {
  /** Releases it: no process of the program is left. */
  leave(): Promise<void>;
}
