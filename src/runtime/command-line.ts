import type { ImageEntry, ProcessEntry } from "../manifests/local-config.ts";
import type { StringMap } from "../objects/object.ts";
import type { Container } from "../objects/pod.ts";
import { expandVariables } from "./variable-expansion.ts";

const REFERENCE = /\$(?:\$|(\w+)|\{(\w+)\}|\((\w+)\))/g;

/**
 * Replaces `$NAME`, `${NAME}` and `$(NAME)` by the variable's value, and `$$` by `$`. Names that are not defined are
 * left as written, as in a container's `args`.
 */
export function expandReferences(text: string, variables: StringMap): string {
  return text.replace(REFERENCE, (whole, bare, braced, kubernetes) => {
    const name: string | undefined = bare ?? braced ?? kubernetes;
    if (name === undefined) return "$";
    return Object.hasOwn(variables, name) ? variables[name]! : whole;
  });
}

/**
 * The program to run and its arguments. A list is run directly, with `$(NAME)` expanded; a text is run by the shell,
 * which expands variables itself. A command from `images:` gets the container's own `command` and `args` as
 * arguments, as the image's entrypoint would.
 */
export function commandLine(
  entry: ProcessEntry | ImageEntry,
  container: Container,
  variables: StringMap,
): readonly string[] {
  const { command } = entry;
  const given = "pattern" in entry ? argumentsOf(container, variables) : [];
  if (typeof command !== "string") {
    return [...command.map((word) => expandReferences(word, variables)), ...given];
  }
  // `sh -c LINE NAME ARG…`: the word after the line is $0, the others are $1 and so on.
  return ["sh", "-c", command, ...(given.length > 0 ? ["sh", ...given] : [])];
}

/** The first word of `command` is the program in the image, which the entry replaces. */
function argumentsOf({ command = [], args = [] }: Container, variables: StringMap): string[] {
  return [...command.slice(1), ...args].map((word) => expandVariables(word, variables));
}
