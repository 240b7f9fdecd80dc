import type { Writable } from "node:stream";

export interface Argument {
  /** As shown in help: `selector`, `labels`. */
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  /** Takes all remaining arguments; only the last one may. */
  readonly variadic?: boolean;
  readonly choices?: readonly string[];
  readonly completes?: Completion;
}

/** What shells complete for a value without fixed choices. */
export type Completion = "file" | "folder" | "kind" | "command";

export interface Option {
  /** `-n, --namespace <name>`: short, long, and the value when it takes one. */
  readonly flags: string;
  readonly summary: string;
  /** Shown in help and used when the option is absent. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  /** A hint for values that are not supported here but work elsewhere. */
  readonly instead?: (value: string) => string | undefined;
  readonly completes?: Completion;
  /** May be given several times; the values make a list. */
  readonly repeatable?: boolean;
  /** Not shown in help: the opposite of another one. */
  readonly hidden?: boolean;
}

export interface Example {
  /** The words after `kubelane`. */
  readonly line: string;
  readonly does: string;
}

/** The parts of the process that a command may use. */
export interface Context {
  /** For data. */
  readonly stdout: Writable;
  /** For progress, warnings and errors. */
  readonly stderr: Writable;
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether stderr and stdout may carry colours. */
  readonly color: boolean;
  /** Whether to print on stderr what is read and how long that takes (`-v`). Default: no. */
  readonly verbose?: boolean;
  /** Which running `up` is meant (`--up`): its pid, its folder or the last part of that. Default: by the folder. */
  readonly up?: string;
  /** The context of the kubeconfig whose cluster is looked at (`--context`). */
  readonly kubeContext?: string;
  /** The kubeconfig to use, in place of the user's own (`--kubeconfig`). */
  readonly kubeconfig?: string;
  /** Resolves with the first SIGINT, SIGTERM or SIGHUP; from the first call on, the process handles these itself. */
  signal(): Promise<NodeJS.Signals>;
  /**
   * Calls back for every signal that a process may pass on to another one, those above included; from then on none of
   * them ends this process.
   */
  onSignal?(listener: (signal: NodeJS.Signals) => void): void;
  /**
   * For commands that serve: from then on no outside error ends the process. Failed writes (a full disk, a closed
   * pipe) are reported only to the callback of the write, and uncaught exceptions to the listener.
   * @returns a function that restores the default.
   */
  onFault?(listener: (fault: unknown) => void): () => void;
}

export interface Input {
  /** One entry per argument, a list for a variadic one, undefined for an absent optional one. */
  readonly args: readonly (string | readonly string[] | undefined)[];
  /** By camel-cased long name: `--filename` → `filename`. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  /** Whether the command line contains `--`: the words after it belong to a program. */
  readonly separated: boolean;
}

/** A command as data: help, completion and documentation are made from it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs below the summary in help. */
  readonly description?: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  /** @returns the exit code. Expected failures are a {@link CommandError}. */
  run(context: Context, input: Input): Promise<number>;
}

/** Ends a command with a message on stderr and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(exitCode: number, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
