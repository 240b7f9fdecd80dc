import type { Command } from "../command.ts";

export const resolver: Command = {
  name: "resolver",
  summary: "say how every program of this system comes to find names of the cluster, or do it",
  description:
    "Finds out who looks up names here (systemd-resolved, NetworkManager, dnsmasq, macOS, Windows), and prints\n" +
    "the files and commands by which names below the cluster's domain, and no others, are asked of the DNS that\n" +
    "`up` serves. --yes does that, once; --remove takes it back.",
  arguments: [],
  options: [
    { flags: "--yes", summary: "do it, with sudo where root is needed" },
    { flags: "--remove", summary: "take it back, with sudo where root is needed" },
  ],
  examples: [
    { line: "resolver", does: "what to run" },
    {
      line: "resolver --yes",
      does: "run it: then curl http://web.shop.svc.cluster.local works anywhere",
    },
    { line: "resolver --remove", does: "as it was before" },
  ],
  async run(context, input) {
    const { runResolver } = await import("../resolver/run-resolver.ts");
    return runResolver(context, input);
  },
};
