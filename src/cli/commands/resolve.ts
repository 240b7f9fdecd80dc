import type { Resolution } from "../../dns/resolution.ts";
import { DEFAULT_NAMESPACE } from "../../objects/scope.ts";
import { type Command, CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { formatRecord } from "../format-record.ts";
import { FILENAME_OPTION, openInventory } from "../inventory.ts";
import { searchNames } from "../search-names.ts";

export const resolve: Command = {
  name: "resolve",
  summary: "look up a name as a pod would",
  description:
    "Answers from the running `up`, or from manifests with -f, without asking a server. Short names are\n" +
    "completed by the search list of a pod in the namespace. Exit code 1 when there is no such record.",
  arguments: [
    { name: "name", summary: "web, web.shop, web.shop.svc.cluster.local, …", required: true },
    { name: "type", summary: "A, AAAA, SRV, PTR, … (default: A)" },
  ],
  options: [
    FILENAME_OPTION,
    { flags: "-n, --namespace <name>", summary: "the asking pod's", fallback: DEFAULT_NAMESPACE },
    { flags: "--cluster-domain <name>", summary: "the zone", fallback: "cluster.local" },
  ],
  examples: [
    { line: "resolve pulse-service.default", does: "its ClusterIP" },
    { line: "resolve _http._tcp.web.shop.svc.cluster.local SRV -f k8s/", does: "port and target" },
  ],
  async run(context, { args: [name, type = "A"], options }) {
    const engine = await openInventory(context, options["filename"] as string[] | undefined);
    const zone = options["clusterDomain"] as string;
    const candidates = searchNames(name as string, options["namespace"] as string, zone);
    let last: Resolution | undefined;
    for (const candidate of candidates) {
      try {
        last = engine.resolve(candidate, (type as string).toUpperCase());
      } catch (error) {
        if ((error as { code?: unknown }).code !== "dns-option") throw error;
        throw new CommandError(EXIT.usage, (error as Error).message);
      }
      if (last.answers.length === 0) continue;
      for (const record of [...last.answers, ...last.additional]) {
        context.stdout.write(`${formatRecord(record)}\n`);
      }
      return EXIT.ok;
    }
    context.stderr.write(
      `${last?.rcode === "NOERROR" ? "NODATA" : last?.rcode}: ${name} ${type}\n`,
    );
    for (const candidate of candidates) context.stderr.write(`  tried ${candidate}\n`);
    return EXIT.no;
  },
};
