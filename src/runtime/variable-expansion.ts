import type { StringMap } from "../objects/object.ts";

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;

/**
 * Expands `$(NAME)` as the kubelet does in `env`, `command` and `args`: `$$` is a literal `$`, and a
 * reference to a name that is not defined stays as it is.
 */
export function expandVariables(text: string, variables: StringMap): string {
  return text.replace(REFERENCE, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(variables, name) ? variables[name]! : whole;
  });
}
