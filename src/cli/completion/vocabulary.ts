import { resourceWords } from "../../objects/resource.ts";
import type { Argument, Command, Completion, Option } from "../command.ts";
import { GLOBAL_OPTIONS } from "../global-options.ts";

/** The completions at one place: words, or files. */
export type Offer =
  | { readonly type: "words"; readonly words: readonly string[] }
  | { readonly type: "files" }
  | { readonly type: "nothing" };

/** A flag as shells complete it. */
export interface Flag {
  /** `-o`, `--output`; at least one. */
  readonly names: readonly string[];
  readonly summary: string;
  /** What follows; undefined for a flag without value. */
  readonly value: Offer | undefined;
}

export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** The arguments in order; the last one repeats when variadic. */
  readonly arguments: readonly Offer[];
  readonly repeats: boolean;
}

/** The commands in the form that the scripts of all shells are made of. */
export function vocabulary(commands: readonly Command[]): CommandWords[] {
  return commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    flags: [...command.options, ...GLOBAL_OPTIONS]
      .filter(({ hidden }) => hidden !== true)
      .map(flagOf),
    arguments: command.arguments.map((argument) => offerOf(argument)),
    repeats: command.arguments.at(-1)?.variadic === true,
  }));
}

export const GLOBAL_FLAGS: readonly Flag[] = GLOBAL_OPTIONS.map(flagOf);

function flagOf(option: Option): Flag {
  const names = option.flags.split(/[ ,]+/).filter((word) => word.startsWith("-"));
  const takesValue = /[<[]/.test(option.flags);
  return { names, summary: option.summary, value: takesValue ? offerOf(option) : undefined };
}

function offerOf({ choices, completes }: Pick<Argument | Option, "choices" | "completes">): Offer {
  if (choices !== undefined) return { type: "words", words: choices };
  return completes === undefined ? { type: "nothing" } : OFFERS[completes];
}

const OFFERS: Readonly<Record<Completion, Offer>> = {
  file: { type: "files" },
  folder: { type: "files" },
  command: { type: "nothing" },
  kind: { type: "words", words: [...new Set(resourceWords())] },
};
