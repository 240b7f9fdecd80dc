import type { Command } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { packageVersion } from "../version.ts";

export const version: Command = {
  name: "version",
  summary: "print the versions of kubelane and Node",
  arguments: [],
  options: [],
  examples: [{ line: "version", does: "prints, for example, kubelane 0.1.0 (node 20.19.0)" }],
  async run({ stdout }) {
    stdout.write(`kubelane ${packageVersion()} (node ${process.versions.node})\n`);
    return EXIT.ok;
  },
};
