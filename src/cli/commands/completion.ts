import type { Command } from "../command.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** @param commands all that there are, this one included */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "print completion for a shell",
    description:
      "bash: source <(kubelane completion bash), in ~/.bashrc\n" +
      "zsh:  source <(kubelane completion zsh), in ~/.zshrc after compinit\n" +
      "fish: kubelane completion fish > ~/.config/fish/completions/kubelane.fish",
    arguments: [{ name: "shell", summary: SHELLS.join(", "), required: true, choices: SHELLS }],
    options: [],
    examples: [{ line: "completion bash", does: "prints what bash is to source" }],
    async run({ stdout }, { args: [shell] }) {
      const { completionScript } = await import("../completion/script.ts");
      stdout.write(completionScript(shell as (typeof SHELLS)[number], commands()));
      return 0;
    },
  };
}
