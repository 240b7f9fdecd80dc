import type { Command } from "../command.ts";
import {
  containerOption,
  OBJECT_NAMESPACE,
  outputOption,
  SELECTOR_OPTION,
} from "../object-options.ts";

export const logs: Command = {
  name: "logs",
  summary: "print what local pods wrote",
  description:
    "Of a pod, or of all pods of a workload or Service, each line with the pod's name. With -f it goes on, over\n" +
    "restarts and new pods. What pods wrote that are gone, or an `up` that has ended, is kept until the next `up`\n" +
    "of the folder begins, 16 MB of it at most.",
  arguments: [{ name: "name", summary: "TYPE/NAME, or the name of a pod or workload" }],
  options: [
    { flags: "-f, --follow", summary: "go on, and print what comes" },
    SELECTOR_OPTION,
    OBJECT_NAMESPACE,
    containerOption("all of them"),
    { flags: "--since <duration>", summary: "only what is not older than that, such as 5m" },
    { flags: "--tail <lines>", summary: "only the last lines of each" },
    { flags: "-p, --previous", summary: "of the run before the current one" },
    { flags: "--timestamps", summary: "when each line was written" },
    outputOption(["text", "json"]),
  ],
  examples: [
    { line: "logs deploy/web", does: "what all pods of it wrote, in order" },
    { line: "logs -f web", does: "the same as it comes, over restarts" },
    { line: "logs web-1 --previous --tail 20", does: "what it said last before it crashed" },
  ],
  async run(context, input) {
    const { runLogs } = await import("../logs/run-logs.ts");
    return runLogs(context, input);
  },
};
