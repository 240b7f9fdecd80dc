import type { Command } from "../command.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { vocabulary } from "./vocabulary.ts";
import { zshScript } from "./zsh.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** What a shell is to source for completion of the commands. */
export function completionScript(
  shell: keyof typeof SCRIPTS,
  commands: readonly Command[],
): string {
  return SCRIPTS[shell](vocabulary(commands));
}
