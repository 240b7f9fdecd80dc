import { nearestName } from "../../diagnostics/nearest-name.ts";
import { findKind, kindWords } from "../../objects/kind-names.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { DEFAULT_NAMESPACE, isClusterScoped } from "../../objects/scope.ts";
import { type Command, CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { FILENAME_OPTION, openInventory } from "../inventory.ts";
import { OUTPUT_FORMATS, type OutputFormat, printObjects } from "../print-objects.ts";
import { parseSelectorArgument } from "../selector-argument.ts";

export const get: Command = {
  name: "get",
  summary: "list objects, as kubectl get does",
  description:
    "Shows what the running `up` holds, with live status; with -f, what the files say by themselves.",
  arguments: [
    { name: "type", summary: "pods, svc, deploy, endpointslices, …", required: true },
    { name: "name", summary: "only this one" },
  ],
  options: [
    FILENAME_OPTION,
    { flags: "-n, --namespace <name>", summary: "the namespace", fallback: DEFAULT_NAMESPACE },
    { flags: "-A, --all-namespaces", summary: "every namespace" },
    { flags: "-l, --selector <selector>", summary: "only objects with matching labels" },
    {
      flags: "-o, --output <format>",
      summary: "how to print",
      fallback: "table",
      choices: OUTPUT_FORMATS,
    },
  ],
  examples: [
    { line: "get pods -l app=pulse-api", does: "the pods behind pulse-service" },
    { line: "get svc -A -f k8s/", does: "every Service in a folder of manifests" },
    { line: "get endpointslices -o json", does: "endpoints as the data plane sees them" },
  ],
  async run(context, { args: [type, name], options }) {
    const selector =
      options["selector"] === undefined
        ? undefined
        : parseSelectorArgument(options["selector"] as string);
    const engine = await openInventory(context, options["filename"] as string[] | undefined);
    const { store } = engine;
    const kind = findKind(type as string)?.groupKind ?? kindInStore(type as string, store.kinds());
    const everywhere = options["allNamespaces"] === true || isClusterScoped(kind);
    const namespace = options["namespace"] as string;
    const listed = store
      .list(kind, {
        ...(everywhere ? {} : { namespace }),
        ...(selector === undefined ? {} : { labelSelector: selector }),
      })
      .filter((object) => name === undefined || object.metadata.name === name)
      .sort(byName);
    if (name !== undefined && listed.length === 0) {
      const near = nearestName(
        name as string,
        store.list(kind).map(({ metadata }) => metadata.name),
      );
      throw new CommandError(
        EXIT.no,
        `there is no ${type} "${name}"${everywhere ? "" : ` in namespace ${namespace}`}`,
        near === undefined ? undefined : `did you mean ${near}?`,
      );
    }
    const output = options["output"] as OutputFormat;
    if (listed.length === 0 && (output === "table" || output === "wide")) {
      context.stderr.write(
        everywhere ? "No resources found\n" : `No resources found in ${namespace} namespace.\n`,
      );
      return EXIT.ok;
    }
    const withNamespace = everywhere && !isClusterScoped(kind);
    const single = name !== undefined;
    context.stdout.write(printObjects(kind, listed, { output, withNamespace, single }));
    return EXIT.ok;
  },
};

/** Custom kinds have no table of names: their kind, or its plural, in any case. */
function kindInStore(word: string, kinds: readonly string[]): string {
  const wanted = word.toLowerCase();
  const found = kinds.find((kind) => {
    const lower = kind.toLowerCase();
    const short = lower.split(".", 1)[0];
    return [lower, short, `${short}s`, `${short}es`].includes(wanted);
  });
  if (found !== undefined) return found;
  const near = nearestName(wanted, kindWords());
  throw new CommandError(
    EXIT.usage,
    `there is no type of object called "${word}"`,
    near === undefined ? "types are, for example, pods, svc, deploy, ns" : `did you mean ${near}?`,
  );
}

function byName({ metadata: a }: KubernetesObject, { metadata: b }: KubernetesObject): number {
  const order = (x = "", y = "") => (x < y ? -1 : x > y ? 1 : 0);
  return order(a.namespace, b.namespace) || order(a.name, b.name);
}
