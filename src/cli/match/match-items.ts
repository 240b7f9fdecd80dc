import { text as readAll } from "node:stream/consumers";
import { printable } from "../../diagnostics/printable.ts";
import { nearest } from "../../labels/nearest.ts";
import type { Selector } from "../../labels/selector.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import { CommandError, type Context } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { EXIT } from "../exit-code.ts";
import { formatMiss } from "../near-miss.ts";
import { parseSelectorArgument } from "../selector-argument.ts";
import { itemOfObject, type LabelItem, readLabelItems } from "./label-items.ts";

export interface MatchItemsOptions {
  /** Manifests to read; undefined: the cluster of `--context`, or else standard input. */
  readonly manifests: readonly ManifestInput[] | undefined;
  readonly labels: readonly string[];
  readonly explain: boolean;
}

/** Prints the matching items, as grep does; with `explain`, all of them with reasons. */
export async function matchItems(
  context: Context,
  text: string,
  { manifests, labels, explain }: MatchItemsOptions,
): Promise<number> {
  const selector = parseSelectorArgument(text);
  if (manifests !== undefined && labels.length > 0) {
    throw new CommandError(EXIT.usage, "labels are given both as arguments and by -f");
  }
  const items = await readItems(context, manifests);
  const matching = items.filter((item) => selector.matches(item.labels));
  for (const item of explain ? items : matching) {
    context.stdout.write(printable(explain ? explained(selector, item) : `${item.name}\n`));
  }
  if (matching.length === 0) {
    const count = items.length === 1 ? "the only one" : `none of ${items.length}`;
    context.stderr.write(items.length === 0 ? "nothing was read\n" : `${count} matches\n`);
    for (const miss of nearest(selector, items, { limit: 3 })) {
      context.stderr.write(printable(`  near: ${miss.item.name}: ${formatMiss(miss)}\n`));
    }
  }
  return matching.length > 0 ? EXIT.ok : EXIT.no;
}

function explained(selector: Selector, { name, labels }: LabelItem): string {
  const explanation = selector.explain(labels);
  const head = `${explanation.matches ? "match" : "no match"}: ${name}`;
  return `${head}\n${String(explanation).replace(/^/gm, "  ")}\n`;
}

async function readItems(
  context: Context,
  manifests: readonly ManifestInput[] | undefined,
): Promise<readonly LabelItem[]> {
  if (context.kubeContext !== undefined) return fromCluster(context, manifests);
  return manifests === undefined ? fromStdin(context) : fromManifests(context, manifests);
}

async function fromCluster(
  context: Context,
  manifests: readonly ManifestInput[] | undefined,
): Promise<LabelItem[]> {
  const { findInventory } = await import("../inventory.ts");
  const { store } = (await findInventory(context, manifests)).engine;
  return store.kinds().flatMap((kind) => store.list(kind).map(itemOfObject));
}

async function fromStdin(context: Context): Promise<readonly LabelItem[]> {
  const { items, diagnostics } = readLabelItems(
    await readAll(context.stdin as AsyncIterable<Buffer>),
  );
  reportDiagnostics(context, diagnostics);
  if (items.length === 0 && diagnostics.some(({ severity }) => severity === "error")) {
    throw new CommandError(
      EXIT.unreadable,
      "standard input is neither label sets as JSON lines nor Kubernetes manifests",
      `a label set looks like {"app": "web"}`,
    );
  }
  return items;
}

async function fromManifests(
  context: Context,
  manifests: readonly ManifestInput[],
): Promise<LabelItem[]> {
  const { readObjects } = await import("../read-objects.ts");
  const loaded = await readObjects(context, manifests);
  return loaded.map(({ object }) => itemOfObject(object));
}
