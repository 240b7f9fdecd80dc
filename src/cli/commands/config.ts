import type { Command } from "../command.ts";
import { manifestOptions } from "../manifest-options.ts";
import { outputOption } from "../object-options.ts";
import { CONFIG_OPTION } from "../settings/config-option.ts";
import { SETTING_OPTIONS } from "../settings/setting-options.ts";

export const config: Command = {
  name: "config",
  summary: "show the configuration in force, or every running `up`",
  description:
    "view: what kubelane.yaml, kubelane.local.yaml beside it, the environment and the defaults come to; options\n" +
    "of `up` that set something are taken, too. With --show-origin, where each value is from. schema: the JSON\n" +
    "schema of kubelane.yaml. ups: the running ups of this user, as other commands name them with --up.",
  arguments: [
    {
      name: "action",
      summary: "view, schema or ups",
      required: true,
      choices: ["view", "schema", "ups"],
    },
  ],
  options: [
    CONFIG_OPTION,
    { flags: "--show-origin", summary: "file and line, variable, or default of each value" },
    outputOption(["text", "json"]),
    ...[...manifestOptions("what kubelane.yaml names"), ...SETTING_OPTIONS].map((option) => ({
      ...option,
      hidden: true,
    })),
  ],
  examples: [
    { line: "config view --show-origin", does: "which file says what, and what nobody says" },
    {
      line: "config schema > kubelane.schema.json",
      does: "for an editor that finds it nowhere else",
    },
    { line: "config ups", does: "what runs, and which of them commands here ask" },
  ],
  async run(context, input) {
    if (input.args[0] === "ups") {
      const { listUps } = await import("../config/list-ups.ts");
      return listUps(context, input);
    }
    if (input.args[0] === "schema") {
      const { printSchema } = await import("../config/print-schema.ts");
      return printSchema(context);
    }
    const { viewConfig } = await import("../config/view-config.ts");
    return viewConfig(context, input);
  },
};
