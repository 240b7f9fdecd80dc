import type { Command } from "../command.ts";

export const init: Command = {
  name: "init",
  summary: "write a kubelane.yaml for the project in this folder",
  description:
    "Looks for manifests, kustomizations and charts, and for what starts the programs of their workloads\n" +
    "(package.json, go.mod, manage.py and the like). Every workload is listed; those that a command could be\n" +
    "guessed for will run. Asks nothing, and overwrites nothing.",
  arguments: [],
  options: [{ flags: "--dry-run", summary: "print it instead" }],
  examples: [{ line: "init", does: "then look through kubelane.yaml, and kubelane up" }],
  async run(context, input) {
    const { runInit } = await import("../init/run-init.ts");
    return runInit(context, input);
  },
};
