import type { ContainerEntry } from "../manifests/local-config.ts";
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
 * What to execute: a list after expansion, a text by the shell, which expands by itself. What stands for an image is
 * given the container's own words, as the image would be.
 */
export function commandLine(
  entry: ContainerEntry,
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
