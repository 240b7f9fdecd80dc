import type { Command } from "../command.ts";
import { MANIFEST_OPTIONS } from "../inventory.ts";
import { namespaceOption, outputOption } from "../object-options.ts";

export const resolve: Command = {
  name: "resolve",
  summary: "look up a name as a pod would",
  description:
    "Answers from the running `up`, or from manifests with -f, without asking a server. Short names are\n" +
    "completed by the search list of a pod in the namespace. Exit code 1 when there is no such record.",
  arguments: [
    {
      name: "name",
      summary: "web, web.shop, web.shop.svc.cluster.local, …; or an address, for its name",
      required: true,
    },
    { name: "type", summary: "A, AAAA, SRV, PTR, CNAME, TXT, NS, SOA, … (default: A)" },
  ],
  options: [
    ...MANIFEST_OPTIONS,
    namespaceOption("the asking pod's"),
    {
      flags: "--as <pod>",
      summary: "ask as pod/NAME of that namespace, with its dnsPolicy and dnsConfig",
    },
    {
      flags: "--cluster-domain <name>",
      summary: "the zone (default: the running up's, else cluster.local)",
    },
    { flags: "--explain", summary: "every name that is tried, and why the answer is what it is" },
    outputOption(["text", "json"]),
  ],
  examples: [
    { line: "resolve pulse-service.default", does: "its ClusterIP" },
    { line: "resolve db --as pod/web-1 --explain", does: "what that pod's resolver would do" },
    { line: "resolve _http._tcp.web.shop.svc.cluster.local SRV -f k8s/", does: "port and target" },
  ],
  async run(context, input) {
    const { runResolve } = await import("../resolve/run-resolve.ts");
    return runResolve(context, input);
  },
};
