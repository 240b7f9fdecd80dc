import { unwrittenNamespaces } from "../../api/namespace-content.ts";
import type { RunningEngine } from "../../control/client.ts";
import { nearestName } from "../../diagnostics/nearest-name.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { isClusterScoped } from "../../objects/resource.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findInventory } from "../inventory.ts";
import { givenManifests } from "../manifest-options.ts";
import { endpointsHint, noSuchObject } from "../no-such-object.ts";
import { type ObjectGroup, type OutputFormat, printObjects } from "../print-objects.ts";
import { parseSelectorArgument } from "../selector-argument.ts";
import { parseFieldArgument } from "./field-argument.ts";
import { requestedKinds } from "./requested-kinds.ts";
import { isSelected, type Selection } from "./selection.ts";
import { sortOrder } from "./sort-order.ts";

/** Lists objects once. @returns the exit code. */
export async function runGet(context: Context, { args, options }: Input): Promise<number> {
  const words = [args[0] as string, ...((args[1] ?? []) as readonly string[])];
  const text = (name: string) => options[name] as string | undefined;
  const namespace = text("namespace");
  const labels = text("selector");
  const labelSelector = labels === undefined ? undefined : parseSelectorArgument(labels);
  const given = givenManifests({ options });
  const select = (kinds: readonly string[], ownNamespace: string): Selection => {
    const requested = requestedKinds(words, kinds);
    const groupKinds = requested.map(({ groupKind }) => groupKind);
    const fields = text("fieldSelector");
    return {
      kinds: requested,
      namespace: options["allNamespaces"] === true ? undefined : (namespace ?? ownNamespace),
      labels: labelSelector,
      fields: fields === undefined ? undefined : parseFieldArgument(fields, groupKinds),
    };
  };
  const format = {
    output: text("output") as OutputFormat,
    withNamespace: options["allNamespaces"] === true,
    labelColumns: ((options["labelColumns"] ?? []) as readonly string[]).flatMap((each) =>
      each.split(","),
    ),
    showLabels: options["showLabels"] === true,
    withHeader: options["headers"] !== false,
  };
  const order = sortOrder(text("sortBy"));
  if (options["watch"] === true) {
    const { watchObjects } = await import("./watch-objects.ts");
    return watchObjects(context, given, select, format);
  }
  const { engine, running } = await findInventory(context, given, { namespace });
  const { store, view } = engine;
  const selection = select(store.kinds(), view.standpoint.namespace);
  const groups = listGroups(store, selection, order);
  const named = selection.kinds.flatMap(({ names = [] }) => names);
  const found = groups.flatMap(({ objects }) => objects);
  const isTable = format.output === "table" || format.output === "wide";
  const notes = isTable && running !== undefined ? await overridden(running, selection) : "";
  if (found.length === 0 && named.length === 0 && isTable) {
    context.stderr.write(`${nothingFound(store, selection)}${notes}`);
    return EXIT.ok;
  }
  const hasPods = groups.some(({ groupKind }) => groupKind === "Pod");
  const podColumns =
    format.output === "wide" && hasPods && running !== undefined
      ? await (await import("./local-columns.ts")).localColumns(running)
      : [];
  context.stdout.write(printObjects(groups, { ...format, podColumns, single: named.length === 1 }));
  context.stderr.write(notes);
  const services = found.filter(({ kind }) => kind === "Service");
  if (running !== undefined && services.length > 0 && isTable) {
    const { heldNote } = await import("./held-note.ts");
    context.stderr.write(await heldNote(running, services));
  }
  return EXIT.ok;
}

/** What is not as its file says, deleted objects included. */
async function overridden(
  { socketPath }: RunningEngine,
  { kinds, namespace }: Selection,
): Promise<string> {
  const { originsOf } = await import("../../control/origins.ts");
  const { overriddenNote } = await import("../origin-words.ts");
  const origins = await originsOf(socketPath);
  return overriddenNote(
    origins.filter(({ key }) =>
      kinds.some(
        ({ groupKind, names }) =>
          groupKind === key.kind &&
          (names === undefined || names.includes(key.name)) &&
          (namespace === undefined || key.namespace === "" || key.namespace === namespace),
      ),
    ),
  );
}

/** @throws CommandError when an object that was asked for by name is not there. */
function listGroups(
  store: StoreReader,
  selection: Selection,
  order: ReturnType<typeof sortOrder>,
): ObjectGroup[] {
  return selection.kinds.map(({ groupKind, names }) => {
    const all = [
      ...store.list(groupKind),
      ...(groupKind === "Namespace" ? unwrittenNamespaces(store) : []),
    ];
    const objects = all.filter((object) => isSelected(selection, object)).sort(order);
    for (const name of names ?? []) {
      if (!objects.some(({ metadata }) => metadata.name === name)) {
        throw notFound(store, groupKind, name, selection, all);
      }
    }
    return { groupKind, objects };
  });
}

function notFound(
  store: StoreReader,
  groupKind: string,
  name: string,
  { namespace, labels, fields }: Selection,
  all: readonly KubernetesObject[],
): CommandError {
  const scoped = namespace !== undefined && !isClusterScoped(groupKind);
  const isHere = all.some(
    ({ metadata }) => metadata.name === name && (!scoped || metadata.namespace === namespace),
  );
  if (!isHere) return noSuchObject(store, { groupKind, namespace, name });
  const where = scoped ? ` in namespace ${namespace}` : "";
  const kind = groupKind.split(".", 1)[0];
  return new CommandError(EXIT.no, `${kind} ${name}${where} does not match ${labels ?? fields}`);
}

const NO_NODES =
  "pods run on this machine without a Node; nodes: in kubelane.yaml makes some: nodes: [{ name: node-1 }]";

function nothingFound(store: StoreReader, { namespace, kinds }: Selection): string {
  const instead = kinds
    .map(({ groupKind }) => (groupKind === "Node" ? NO_NODES : endpointsHint(store, groupKind)))
    .find(Boolean);
  const next = instead === undefined ? "" : `  ${instead}\n`;
  if (namespace === undefined || kinds.every(({ groupKind }) => isClusterScoped(groupKind)))
    return `No resources found\n${next}`;
  const text = `No resources found in ${namespace} namespace.\n`;
  const others = new Set(
    kinds.flatMap(({ groupKind }) =>
      store.list(groupKind).map(({ metadata }) => metadata.namespace ?? ""),
    ),
  );
  others.delete(namespace);
  if (others.size === 0) return `${text}${next}`;
  const near = nearestName(namespace, others);
  const hint = near === undefined ? `there are some in ${[...others].join(", ")}` : undefined;
  return `${text}  ${hint ?? `did you mean -n ${near}?`}\n`;
}
