import type { Command } from "../command.ts";

export const config: Command = {
  name: "config",
  summary: "show the configuration in force",
  description:
    "What kubelane.yaml, the environment and the defaults come to. With --show-origin, where each value is from.",
  arguments: [{ name: "action", summary: "view", required: true, choices: ["view"] }],
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
  ],
  async run(context, input) {
    const { viewConfig } = await import("../config/view-config.ts");
    return viewConfig(context, input);
  },
};
