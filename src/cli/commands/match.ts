import type { Command } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { parseLabelArguments } from "../label-arguments.ts";
import { parseSelectorArgument } from "../selector-argument.ts";

export const match: Command = {
  name: "match",
  summary: "tell whether labels match a selector",
  description:
    "Prints match, or no match with the requirements that do not hold. Exit code 0 or 1 accordingly.",
  arguments: [
    {
      name: "selector",
      summary: "as in kubectl get -l: 'tier in (web, api),!legacy'",
      required: true,
    },
    { name: "labels", summary: "labels of the object, key=value", variadic: true },
  ],
  options: [],
  examples: [
    { line: "match 'tier in (web, api),!legacy' app=web tier=api", does: "match" },
    { line: "match env!=prod env=prod", does: "no match: env!=prod does not hold, env is prod" },
  ],
  async run({ stdout }, { args: [text, words] }) {
    const selector = parseSelectorArgument(text as string);
    const labels = parseLabelArguments((words ?? []) as readonly string[]);
    if (selector.matches(labels)) {
      stdout.write("match\n");
      return EXIT.ok;
    }
    const failed = selector.requirements.filter((requirement) => !requirement.matches(labels));
    for (const requirement of failed) {
      const value = labels[requirement.key];
      const actual = value === undefined ? "absent" : value === "" ? "empty" : value;
      stdout.write(`no match: ${requirement} does not hold, ${requirement.key} is ${actual}\n`);
    }
    return EXIT.no;
  },
};
