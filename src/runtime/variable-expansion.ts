import type { StringMap } from "../objects/object.ts";

/**
 * Expands `$(NAME)` as the kubelet does in `env`, `command` and `args`: `$$` is a literal `$`, and references to
 * undefined names are left as written.
 */
export function expandVariables(text: string, variables: StringMap): string {
  let expanded = "";
  let done = 0;
  let close = -1;
  let isClosed = true;
  for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", Math.max(done, at + 1))) {
    const next = text[at + 1];
    if (next === "$") {
      expanded += text.slice(done, at + 1);
      done = at + 2;
    } else if (next === "(") {
      // Searched only once: if there is no closing parenthesis now, there is none for later references either.
      if (isClosed && close < at) {
        close = text.indexOf(")", at);
        isClosed = close >= 0;
      }
      if (!isClosed) continue;
      const name = text.slice(at + 2, close);
      const value = Object.hasOwn(variables, name) ? variables[name]! : `$(${name})`;
      expanded += text.slice(done, at) + value;
      done = close + 1;
    }
  }
  return expanded + text.slice(done);
}
