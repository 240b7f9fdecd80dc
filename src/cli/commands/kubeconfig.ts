import type { Command } from "../command.ts";
import { plainNamespaceOption } from "../object-options.ts";

export const kubeconfig: Command = {
  name: "kubeconfig",
  summary: "let kubectl, helm and other clients use the running `up`",
  description:
    "Prints a kubeconfig for the Kubernetes API of the running `up`. Its token is good for as long as this\n" +
    "`up` runs. --path writes it into a private folder and prints where, for the variable KUBECONFIG.",
  arguments: [],
  options: [
    { flags: "--path", summary: "write it to a file of its own, and print the file's path" },
    {
      flags: "--merge",
      summary: "add it to ~/.kube/config as context kubelane, and make that current",
    },
    { flags: "--remove", summary: "take what --merge added out of ~/.kube/config" },
    plainNamespaceOption("the context's namespace"),
  ],
  examples: [
    {
      line: "kubeconfig --path",
      does: "for export KUBECONFIG=$(kubelane kubeconfig --path); kubectl get pods",
    },
    { line: "kubeconfig --merge", does: "for kubectl --context kubelane get pods" },
  ],
  async run(context, input) {
    const { runKubeconfig } = await import("../kubeconfig/run-kubeconfig.ts");
    return runKubeconfig(context, input);
  },
};
