import type { Command } from "../command.ts";
import { MANIFEST_OPTIONS } from "../inventory.ts";
import { namespaceOption, outputOption, SELECTOR_OPTION } from "../object-options.ts";
import { OUTPUT_FORMATS } from "../output-format.ts";

/** The advice for formats that only kubectl has: it can be used with the API of a running `up`. */
function leftToKubectl(format: string): string | undefined {
  const [name = ""] = format.split("=", 1);
  if (
    !/^(?:jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|go-template|go-template-file|template|templatefile|kyaml)$/.test(
      name,
    )
  )
    return undefined;
  return `${name} is left to kubectl: KUBECONFIG=$(kubelane kubeconfig --path) kubectl get … -o ${name}`;
}

export const get: Command = {
  name: "get",
  summary: "list objects, as kubectl get does",
  description:
    "Shows what the running `up` holds, with live status; with -f, what the files say by themselves.",
  arguments: [
    {
      name: "type",
      summary: "pods, svc, deploy, endpointslices, …; pods,svc; all; or TYPE/NAME",
      required: true,
      completes: "kind",
    },
    { name: "name", summary: "only these", variadic: true },
  ],
  options: [
    ...MANIFEST_OPTIONS,
    namespaceOption("the namespace"),
    { flags: "-A, --all-namespaces", summary: "every namespace" },
    SELECTOR_OPTION,
    {
      flags: "--field-selector <selector>",
      summary: "only objects with matching fields, such as status.phase=Running",
    },
    outputOption(OUTPUT_FORMATS, leftToKubectl),
    { flags: "--no-headers", summary: "tables without the names of their columns" },
    {
      flags: "--sort-by <field>",
      summary: "by this field, such as .metadata.creationTimestamp (default: by name)",
    },
    {
      flags: "-L, --label-columns <keys>",
      summary: "a column for each of these labels, by key, joined by commas",
      repeatable: true,
    },
    { flags: "--show-labels", summary: "all labels in a last column" },
    { flags: "-w, --watch", summary: "go on, and print what changes" },
  ],
  examples: [
    { line: "get pods -l app=pulse-api", does: "the pods behind pulse-service" },
    { line: "get svc -A -f k8s/", does: "every Service in a folder of manifests" },
    { line: "get pods --field-selector status.phase=Running -w", does: "follow what runs" },
    { line: "get endpointslices -o json", does: "endpoints as the data plane sees them" },
  ],
  async run(context, input) {
    const { runGet } = await import("../get/run-get.ts");
    return runGet(context, input);
  },
};
