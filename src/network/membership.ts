import type { EntryWords } from "./pod-script.ts";

/** A program's place in a network that another process keeps. */
export interface NetworkPlace {
  /** The words that start a process in the namespaces of the network's agent. */
  readonly agentEntry: readonly string[];
  /** The words around a command that such a process starts at this place. */
  readonly entry: EntryWords;
  /** For files of its own, seen in these namespaces alone. */
  readonly folder: string;
  readonly address: string;
  /** Where NodePorts are. */
  readonly nodeAddress: string;
}

/** A place that is held until it is left. */
export interface Membership extends NetworkPlace {
  /** Nothing of the program runs any more. */
  leave(): Promise<void>;
}
