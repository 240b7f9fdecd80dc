import type { Command } from "../command.ts";

export const trust: Command = {
  name: "trust",
  summary: "say how browsers and programs come to trust this user's local authority",
  description:
    "`up` speaks TLS with certificates of an authority that is this user's alone and never leaves the\n" +
    "machine. Prints where it is, and what makes this system trust it; --yes does that.",
  arguments: [],
  options: [{ flags: "--yes", summary: "do it, with sudo where root is needed" }],
  examples: [
    { line: "trust", does: "what to run" },
    { line: "trust --yes", does: "run it" },
  ],
  async run(context, { options }) {
    const { runTrust } = await import("../trust/run-trust.ts");
    return runTrust(context, options["yes"] === true);
  },
};
