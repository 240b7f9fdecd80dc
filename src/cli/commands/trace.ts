import type { Command } from "../command.ts";
import { MANIFEST_OPTIONS } from "../inventory.ts";
import { namespaceOption, outputOption } from "../object-options.ts";

export const trace: Command = {
  name: "trace",
  summary: "go from a name to a pod, step by step, and say what is wrong",
  description:
    "Shows the search list, the DNS answer, the Service's port, what its selector says to each pod, which are\n" +
    "ready, and the choice. The last line says what is wrong, and what to do. Given a URL, it also makes the\n" +
    "request through the gateway of the running `up`. Exit code 1 when no pod would answer.\n" +
    "Where an `up` runs, the last requests and connections of the Service follow, each with who answered and\n" +
    "why that endpoint was chosen; without a name, those of all Services.",
  arguments: [
    {
      name: "name",
      summary: "NAME, NAME:PORT, or a URL (default: what happened last, everywhere)",
    },
  ],
  options: [
    ...MANIFEST_OPTIONS,
    namespaceOption("the asking pod's"),
    { flags: "--as <pod>", summary: "ask as pod/NAME of that namespace" },
    outputOption(["text", "json"]),
  ],
  examples: [
    { line: "trace web.shop:80", does: "why it does, or does not, reach a pod" },
    {
      line: "trace http://pulse-service/",
      does: "makes the request, and names the pod that answered",
    },
    { line: "trace", does: "the last requests of a running `up`, and why each pod was chosen" },
  ],
  async run(context, input) {
    const { runTrace } = await import("../trace/run-trace.ts");
    return runTrace(context, input);
  },
};
