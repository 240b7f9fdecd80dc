import type { Command } from "../command.ts";
import { MANIFEST_OPTIONS } from "../inventory.ts";
import { namespaceOption } from "../object-options.ts";

export const describe: Command = {
  name: "describe",
  summary: "show an object with what hangs on it",
  description:
    "A Service with its pods, why others are out, its endpoints and its names; a Pod with who selects it; any\n" +
    "object with what its selectors take.",
  arguments: [
    { name: "object", summary: "TYPE/NAME, or a type", required: true, completes: "kind" },
    { name: "name", summary: "the name, when the type stands alone" },
  ],
  options: [...MANIFEST_OPTIONS, namespaceOption("the namespace")],
  examples: [
    {
      line: "describe svc/pulse-service",
      does: "which pods it has, and why others are none of them",
    },
    { line: "describe pod web-1 -f k8s/", does: "which Services, policies and budgets select it" },
  ],
  async run(context, input) {
    const { runDescribe } = await import("../describe/run-describe.ts");
    return runDescribe(context, input);
  },
};
