import type { Writable } from "node:stream";

export interface Argument {
  /** As shown in help: `selector`, `labels`. */
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  /** Takes all that follow; only the last argument may. */
  readonly variadic?: boolean;
  readonly choices?: readonly string[];
  readonly completes?: Completion;
}

/** What a shell offers for a word that is not one of a few choices. */
export type Completion = "file" | "folder" | "kind" | "command";

export interface Option {
  /** `-n, --namespace <name>`: short, long, and the value when it takes one. */
  readonly flags: string;
  readonly summary: string;
  /** Shown in help and used when the option is absent. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  /** What to say of values that are no choice here and work elsewhere. */
  readonly instead?: (value: string) => string | undefined;
  readonly completes?: Completion;
  /** May be given several times; the values make a list. */
  readonly repeatable?: boolean;
  /** Not shown in help: the opposite of another one. */
  readonly hidden?: boolean;
}

export interface Example {
  /** What to type after `kubelane`. */
  readonly line: string;
  readonly does: string;
}

/** What a command may touch of the process. */
export interface Context {
  /** Data. */
  readonly stdout: Writable;
  /** Talk: progress, warnings, errors. */
  readonly stderr: Writable;
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether stderr and stdout may carry colours. */
  readonly color: boolean;
  /** Whether to tell on stderr what is read and how long it takes (`-v`). Default: no. */
  readonly verbose?: boolean;
  /** Which running `up` is meant (`--up`): its pid, its folder or the last part of that. Default: by the folder. */
  readonly up?: string;
  /** The context of the kubeconfig whose cluster is looked at (`--context`). */
  readonly kubeContext?: string;
  /** The kubeconfig to use, in place of the user's own (`--kubeconfig`). */
  readonly kubeconfig?: string;
  /** Resolves with the first SIGINT, SIGTERM or SIGHUP; asking for it means to handle them. */
  signal(): Promise<NodeJS.Signals>;
  /**
   * Tells of every signal that a process may pass on to one that it stands for, the above among them; from then
   * on none ends this one.
   */
  onSignal?(listener: (signal: NodeJS.Signals) => void): void;
  /**
   * For commands that serve: from then on, nothing that goes wrong outside what they wait for ends the process.
   * Output that can't be written (a full disk, a reader that is gone) is told to the callback of its write
   * alone, and what nobody caught to the listener.
   * @returns makes them end it again.
   */
  onFault?(listener: (fault: unknown) => void): () => void;
}

export interface Input {
  /** One entry per argument, a list for a variadic one, undefined for an absent optional one. */
  readonly args: readonly (string | readonly string[] | undefined)[];
  /** By camel-cased long name: `--filename` → `filename`. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  /** Whether `--` stands on the command line: what follows it is a program's. */
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
