import type { Command } from "../command.ts";
import { containerOption, OBJECT_NAMESPACE } from "../object-options.ts";

export const exec: Command = {
  name: "exec",
  summary: "run a program beside the process of a local pod",
  description:
    "In its folder, with its environment and, with `network: pods`, in its network and with its volumes. Of a\n" +
    "workload or Service, the first ready pod is taken. The exit code is the program's.",
  arguments: [
    {
      name: "command",
      summary: "TYPE/NAME -- program and arguments",
      required: true,
      variadic: true,
    },
  ],
  options: [
    OBJECT_NAMESPACE,
    containerOption("the first"),
    { flags: "-i, --stdin", summary: "pass standard input on" },
    { flags: "-t, --tty", summary: "on a terminal of its own" },
  ],
  examples: [
    { line: "exec deploy/web -- env", does: "the environment of its first ready pod" },
    { line: "exec -it web-1 -- sh", does: "a shell in its place" },
  ],
  async run(context, input) {
    const { runExec } = await import("../exec/run-exec.ts");
    return runExec(context, input);
  },
};
