import type { Command } from "../command.ts";
import { MANIFEST_OPTIONS } from "../inventory.ts";
import { plainNamespaceOption } from "../object-options.ts";
import { pointOfView } from "../point-of-view.ts";
import { refuseInside } from "../shell/refuse-inside.ts";

export const shell: Command = {
  name: "shell",
  summary: "run a program in a cluster's network, without root",
  description:
    "The program (default: your shell) gets a network of its own, in which ClusterIPs, ports 80, 443 and 53,\n" +
    "web, web.shop and /etc/resolv.conf are as in a cluster, whatever it is written in; nothing on this machine\n" +
    "changes. Addresses that are not the cluster's are out of reach (--offline is the default, and all there\n" +
    "is); names that are not the cluster's resolve as outside. Exit code and signals are the program's. With -f\n" +
    "it serves manifests by itself, as `up` does. Started by root, the program keeps root's powers over this\n" +
    "machine's files and processes: only its network is another. Linux only.",
  arguments: [{ name: "command", summary: "-- program and arguments", variadic: true }],
  options: [
    ...MANIFEST_OPTIONS,
    plainNamespaceOption("whose short names apply"),
    {
      flags: "--as <pod>",
      summary: "see with the eyes of pod/NAME: search list, host name, hostAliases",
    },
    { flags: "--offline", summary: "nothing but the cluster is reached (the default)" },
  ],
  examples: [
    { line: "shell", does: "your shell, beside a running `up`" },
    { line: "shell -n shop -- curl http://web/", does: "one program, as in namespace shop" },
    { line: "shell -f k8s/ -- npm test", does: "tests against manifests, nothing else running" },
    { line: "shell --as pod/web-1 -- psql -h db", does: "what that pod would see" },
  ],
  async run(context, input) {
    refuseInside(context, "a second one");
    const who = pointOfView(input.options);
    const [program] = (input.args[0] ?? []) as readonly string[];
    if (program !== undefined) {
      const { checkProgram } = await import("../check-program.ts");
      checkProgram(context, program);
    }
    const { startNamespace } = await import("../shell/start-namespace.ts");
    // It starts while everything else is loaded.
    const started = startNamespace(context);
    const { runShell } = await import("../shell/run-shell.ts");
    return runShell(context, input, who, started);
  },
};
