import type { ImageEntry, ProcessEntry } from "../manifests/local-config.ts";
import type { StringMap } from "../objects/object.ts";
import type { Container } from "../objects/pod.ts";
import { expandVariables } from "./variable-expansion.ts";

const REFERENCE = /\$(?:\$|(\w+)|\{(\w+)\}|\((\w+)\))/g;

/**
 * Replaces `$NAME`, `${NAME}` and `$(NAME)` by the variable's value, `$$` by `$`; a name that is not
 * defined stays as it was written, as in a container's `args`.
 */
export function expandReferences(text: string, variables: StringMap): string {
  return text.replace(REFERENCE, (whole, bare, braced, kubernetes) => {
    const name: string | undefined = bare ?? braced ?? kubernetes;
    if (name === undefined) return "$";
    return Object.hasOwn(variables, name) ? variables[name]! : whole;
  });
}

/**
 * The program to run and its arguments. A list is run as it is, with `$(NAME)` expanded; a text is run by the shell,
 * which expands variables itself. A command of `images:` is passed the container's own `command` and `args` as its
 * arguments, as the image's entrypoint would be.
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
  // The word after the line is what a shell calls itself, and the others are its parameters.
  return ["sh", "-c", command, ...(given.length > 0 ? ["sh", ...given] : [])];
}

/** The first word of `command` names the program in the image, for which something else stands here. */
function argumentsOf({ command = [], args = [] }: Container, variables: StringMap): string[] {
  return [...command.slice(1), ...args].map((word) => expandVariables(word, variables));
}
