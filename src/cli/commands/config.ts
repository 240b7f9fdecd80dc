import type { Command } from "../command.ts";

export const config: Command = {
  name: "config",
  summary: "show the configuration in force, or every running `up`",
  description:
    "view: what kubelane.yaml, the environment and the defaults come to. With --show-origin, where each value\n" +
    "is from. ups: the running ups of this user, as other commands name them with --up.",
  arguments: [{ name: "action", summary: "view or ups", required: true, choices: ["view", "ups"] }],
  options: [
    {
      flags: "-c, --config <file>",
      summary: "the kubelane.yaml to use (default: here or above)",
      completes: "file",
    },
    { flags: "--show-origin", summary: "file and line, variable, or default of each value" },
    {
      flags: "-o, --output <format>",
      summary: "how to print",
      fallback: "text",
      choices: ["text", "json"],
    },
  ],
  examples: [
    { line: "config view --show-origin", does: "which file says what, and what nobody says" },
    { line: "config ups", does: "what runs, and which of them commands here ask" },
  ],
  async run(context, input) {
    if (input.args[0] === "ups") {
      const { listUps } = await import("../config/list-ups.ts");
      return listUps(context, input);
    }
    const { viewConfig } = await import("../config/view-config.ts");
    return viewConfig(context, input);
  },
};
