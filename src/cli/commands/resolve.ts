import type { Dns } from "../../dns/dns.ts";
import type { Explanation } from "../../dns/explanation.ts";
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
    const tried = explained(engine.dns, candidates, (type as string).toUpperCase());
    const found = tried.find(({ resolution }) => resolution.answers.length > 0);
    if (found !== undefined) {
      const { answers, additional } = found.resolution;
      for (const record of [...answers, ...additional]) {
        context.stdout.write(`${formatRecord(record)}\n`);
      }
      return EXIT.ok;
    }
    // A name that is there without such a record says more than those that are missing.
    const best = tried.find(({ resolution }) => resolution.rcode === "NOERROR") ?? tried[0];
    if (best !== undefined) context.stderr.write(formatExplanation(best));
    if (tried.length > 1) context.stderr.write(`  tried ${candidates.join(", ")}\n`);
    return EXIT.no;
  },
};

function explained(dns: Dns, names: readonly string[], type: string): Explanation[] {
  try {
    return names.map((name) => dns.explain(name, type));
  } catch (error) {
    if ((error as { code?: unknown }).code !== "dns-option") throw error;
    throw new CommandError(EXIT.usage, (error as Error).message);
  }
}

function formatExplanation({ resolution, reason, hints, quirk }: Explanation): string {
  const outcome = resolution.rcode === "NOERROR" ? "NODATA" : resolution.rcode;
  const notes = [...hints, ...(quirk === undefined ? [] : [`note: ${quirk}`])];
  return [`${outcome}: ${reason}`, ...notes.map((note) => `  ${note}`)].join("\n").concat("\n");
}
