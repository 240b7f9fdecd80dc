import type { RunEntry } from "../manifests/local-config.ts";
import type { StringMap } from "../objects/object.ts";

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

/** What to execute: a list after expansion, a text by the shell, which expands by itself. */
export function commandLine(command: RunEntry["command"], variables: StringMap): readonly string[] {
  if (typeof command === "string") return ["sh", "-c", command];
  return command.map((word) => expandReferences(word, variables));
}
