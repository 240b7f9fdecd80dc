import type { Command } from "../command.ts";
import { plainNamespaceOption, SELECTOR_OPTION } from "../object-options.ts";

export const wait: Command = {
  name: "wait",
  summary: "wait until something holds of objects of the running `up`",
  description: "As kubectl wait. Exit code 1 when it does not hold in time.",
  arguments: [
    { name: "type", summary: "TYPE/NAME, or a type", required: true, completes: "kind" },
    { name: "name", summary: "only these", variadic: true },
  ],
  options: [
    {
      flags: "--for <what>",
      summary:
        "condition=Ready, condition=Available=false, create, delete, or jsonpath={.status.phase}=Running (default: condition=Ready)",
    },
    { flags: "--timeout <duration>", summary: "for how long at most", fallback: "30s" },
    SELECTOR_OPTION,
    plainNamespaceOption("the namespace"),
  ],
  examples: [
    { line: "wait pods -l app=web", does: "until they are ready" },
    { line: "wait deploy/web --for condition=Available", does: "until enough of its pods are" },
  ],
  async run(context, input) {
    const { runWait } = await import("../wait/run-wait.ts");
    return runWait(context, input);
  },
};
