import { NEWEST, RELEASES } from "../../objects/release.ts";
import type { Command } from "../command.ts";
import { manifestOptions } from "../manifest-options.ts";
import { outputOption } from "../object-options.ts";

export const check: Command = {
  name: "check",
  summary: "find what is wrong in manifests, before a cluster does",
  description:
    "Reads manifests as an API server does, and sees them together: selectors that select nothing, ports\n" +
    "that no container names, names that nobody has. Each finding has a place, a rule and a next step. A\n" +
    "comment `# kubelane-ignore RULE` suppresses a rule for the field it stands at. In folders, what .gitignore\n" +
    "and .kubelaneignore leave out is not read, and a file that is no manifest is one info. Exit code 1 for errors.",
  arguments: [
    {
      name: "path",
      summary: "files, folders, globs, URLs, or - (default: what kubelane.yaml names)",
      variadic: true,
      completes: "file",
    },
  ],
  options: [
    ...manifestOptions("what kubelane.yaml names"),
    outputOption(["text", "json", "sarif", "github"]),
    { flags: "--max-warnings <count>", summary: "exit with 1 for more warnings than these" },
    { flags: "--ignore <rule>", summary: "leave a rule out", repeatable: true },
    {
      flags: "--exclude <pattern>",
      summary: "leave paths out of folders, as a line of .gitignore does",
      repeatable: true,
    },
    {
      flags: "--kubernetes <release>",
      summary: `as an API server of that release (default: what kubelane.yaml says, or ${NEWEST})`,
      choices: RELEASES,
    },
    { flags: "--fix", summary: "put right what has one certain remedy, in the files" },
    { flags: "--rules", summary: "list the rules, and check nothing" },
  ],
  examples: [
    { line: "check k8s/", does: "every finding, with the lines it is about" },
    { line: "check k8s/ --max-warnings 0 -o github", does: "in a GitHub workflow" },
    { line: "check . --exclude testdata/", does: "a whole repository, but for a folder of it" },
    { line: "check k8s/ --kubernetes 1.34", does: "as an older cluster takes them" },
    { line: "check k8s/ --fix", does: "quotes label values that are not strings, for example" },
  ],
  async run(context, input) {
    const { runCheck } = await import("../check/run-check.ts");
    return runCheck(context, input);
  },
};
