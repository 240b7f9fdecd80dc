import { dirname } from "node:path";
import { asTyped, wordAsTyped } from "../as-typed.ts";
import type { ProgramCall, ResolverPlan } from "./resolver-plan.ts";

/** The means of changing a system. */
export interface Hands {
  /** The text of a file; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  /** Runs a program, as root where that is needed. @returns whether it succeeded */
  readonly run: (command: ProgramCall, input?: string) => boolean;
}

export type Outcome =
  | { readonly result: "done" | "as-it-was" }
  /** What failed, as a command line for a shell. */
  | { readonly result: "failed"; readonly line: string };

/** Writes the files of a plan and runs its commands. Files that exist with the same content are left alone. */
export function addResolver(plan: ResolverPlan, { read, run }: Hands): Outcome {
  const missing = plan.files.filter(({ path, text }) => read(path) !== text);
  if (plan.files.length > 0 && missing.length === 0) return { result: "as-it-was" };
  for (const { path, text } of missing) {
    const commands: [ProgramCall, string?][] = [
      [["mkdir", "-p", dirname(path)]],
      [["tee", path], text],
    ];
    for (const [command, input] of commands) {
      if (!run(command, input)) return { result: "failed", line: asTyped(command) };
    }
  }
  return runAll(plan.add, run);
}

/** Removes the files of a plan, and runs the commands for that. */
export function removeResolver(plan: ResolverPlan, { read, run }: Hands): Outcome {
  const there = plan.files.filter(({ path }) => read(path) !== undefined);
  if (plan.files.length > 0 && there.length === 0) return { result: "as-it-was" };
  for (const { path } of there) {
    const command = ["rm", path];
    if (!run(command)) return { result: "failed", line: asTyped(command) };
  }
  return runAll(plan.remove, run);
}

function runAll(commands: readonly ProgramCall[], run: Hands["run"]): Outcome {
  for (const command of commands) {
    if (!run(command)) return { result: "failed", line: asTyped(command) };
  }
  return { result: "done" };
}

/** A plan as commands that a user can type. */
export function planLines(plan: ResolverPlan, removing: boolean, sudo: string): string[] {
  if (plan.refusal !== undefined) return [];
  const files = plan.files.flatMap(({ path, text }) =>
    removing
      ? [`${sudo}rm ${path}`]
      : [
          `${sudo}mkdir -p ${dirname(path)}`,
          `printf '%s\\n' ${text.trimEnd().split("\n").map(wordAsTyped).join(" ")} | ${sudo}tee ${path}`,
        ],
  );
  const commands = removing ? plan.remove : plan.add;
  return [...files, ...commands.map((command) => `${sudo}${asTyped(command)}`)];
}
