import { quote } from "../network/script-text.ts";

/**
 * A command on a terminal of its own, which `script` (util-linux) makes, as Node can't.
 */
export function onTerminal(command: readonly string[]): readonly string[] {
  const line = command.map(quote).join(" ");
  return ["script", "-qefc", line, "/dev/null"];
}
