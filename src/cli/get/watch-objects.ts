import type { ManifestInput } from "../../manifests/manifest-input.ts";
import { groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import { describeObject } from "../../objects/object-key.ts";
import type { Context } from "../command.ts";
import { EXIT, exitCodeOf } from "../exit-code.ts";
import { columnsToPrint, type PrintFormat, printObjects } from "../print-objects.ts";
import { RowPrinter } from "../row-printer.ts";
import { type ObjectEvent, openFeed } from "./object-feed.ts";
import { byName, isSelected, type Selection } from "./selection.ts";

/**
 * Prints the objects, and each one again when it changes, until a signal or the end of the running `up`. An object
 * that is deleted or not selected any more is printed a last time, as in kubectl.
 */
export async function watchObjects(
  context: Context,
  given: readonly ManifestInput[] | undefined,
  select: (kinds: readonly string[], ownNamespace: string) => Selection,
  format: PrintFormat,
): Promise<number> {
  const stopping = new AbortController();
  const signalled = context.signal().then((signal) => {
    stopping.abort();
    return exitCodeOf(signal);
  });
  const { namespace, events: feed } = await openFeed(context, given, stopping.signal);
  const watch = async (): Promise<number> => {
    let selection: Selection | undefined;
    const shown = new Set<string>();
    const print = printer(context, format);
    for await (const events of feed) {
      selection ??= select(
        [...new Set(events.map(({ object }) => groupKindOf(object)))],
        namespace,
      );
      print(eventsToShow(events, selection, shown));
    }
    return EXIT.ok;
  };
  return Promise.race([watch(), signalled]);
}

function eventsToShow(
  events: readonly ObjectEvent[],
  selection: Selection,
  shown: Set<string>,
): KubernetesObject[] {
  const objects: KubernetesObject[] = [];
  for (const { type, object } of events) {
    const id = describeObject(object);
    const selected = type !== "deleted" && isSelected(selection, object);
    if (!selected && !shown.has(id)) continue;
    if (selected) shown.add(id);
    else shown.delete(id);
    objects.push(object);
  }
  return objects.sort(byName);
}

function printer({ stdout }: Context, format: PrintFormat): (objects: KubernetesObject[]) => void {
  const tables = new Map<string, RowPrinter>();
  const isTable = format.output === "table" || format.output === "wide";
  return (objects) => {
    for (const [groupKind, group] of byKind(objects)) {
      if (!isTable) {
        for (const object of group) {
          const one = [{ groupKind, objects: [object] }];
          stdout.write(printObjects(one, { ...format, single: true }));
        }
        continue;
      }
      const columns = columnsToPrint(groupKind, format);
      const now = new Date();
      const rows = group.map((object) => columns.map((column) => column.cell(object, now)));
      const header = format.withHeader === false ? undefined : columns.map(({ header }) => header);
      const table = tables.get(groupKind) ?? new RowPrinter(header);
      tables.set(groupKind, table);
      stdout.write(table.print(rows));
    }
  };
}

function byKind(objects: readonly KubernetesObject[]): Map<string, KubernetesObject[]> {
  const groups = new Map<string, KubernetesObject[]>();
  for (const object of objects) {
    const kind = groupKindOf(object);
    groups.set(kind, [...(groups.get(kind) ?? []), object]);
  }
  return groups;
}
