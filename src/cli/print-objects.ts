import { printableCell, printableJson } from "../diagnostics/printable.ts";
import { printYaml } from "../manifests/print-yaml.ts";
import { type Column, NONE } from "../objects/columns/column.ts";
import { columnsOf } from "../objects/columns/columns.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { isClusterScoped, resourceOfKind } from "../objects/resource.ts";
import type { OutputFormat } from "./output-format.ts";
import { RowPrinter } from "./row-printer.ts";
import { formatTable } from "./table.ts";

export type { OutputFormat } from "./output-format.ts";

/** Objects of one kind. */
export interface ObjectGroup {
  readonly groupKind: string;
  readonly objects: readonly KubernetesObject[];
}

export interface PrintFormat {
  readonly output: OutputFormat;
  /** Whether a table starts with the namespace. */
  readonly withNamespace: boolean;
  /** Label keys, each with a column of its own. */
  readonly labelColumns?: readonly string[];
  /** Further columns of Pods, by what is known of them on this machine. */
  readonly podColumns?: readonly Column[];
  /** Whether a table ends with all labels. */
  readonly showLabels?: boolean;
  /** Whether a table begins with the names of its columns. Default: true. */
  readonly withHeader?: boolean;
}

export interface PrintOptions extends PrintFormat {
  /** One object by name is printed as itself, several as a List. */
  readonly single: boolean;
  readonly now?: Date;
}

const NAMESPACE: Column = {
  header: "NAMESPACE",
  cell: ({ metadata }) => metadata.namespace ?? "",
};

const LABELS: Column = {
  header: "LABELS",
  cell: ({ metadata }) =>
    Object.entries(metadata.labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(",") || NONE,
};

/** The objects as text that ends with a line end. */
export function printObjects(groups: readonly ObjectGroup[], options: PrintOptions): string {
  const { output, single } = options;
  const all = groups.flatMap(({ objects }) => objects);
  switch (output) {
    case "json":
      return `${printableJson(single ? all[0] : listOf(all))}\n`;
    case "yaml":
      return printYaml(single ? all[0] : listOf(all));
    case "name":
      return groups
        .flatMap(({ groupKind, objects }) =>
          objects.map(
            ({ metadata }) => `${printableCell(`${resourceName(groupKind)}/${metadata.name}`)}\n`,
          ),
        )
        .join("");
    case "table":
    case "wide": {
      const several = groups.length > 1;
      const tables = groups
        .filter(({ objects }) => objects.length > 0 || !several)
        .map((group) => printTable(group, options, several));
      return tables.join("\n");
    }
  }
}

function printTable(
  { groupKind, objects }: ObjectGroup,
  options: PrintOptions,
  several: boolean,
): string {
  const { now = new Date() } = options;
  const columns = columnsToPrint(groupKind, options);
  // Among several kinds, kubectl says with each name of what kind it is.
  const prefix = several ? `${resourceName(groupKind)}/` : "";
  const rows = objects.map((object) =>
    columns.map((column) => (column.header === "NAME" ? prefix : "") + column.cell(object, now)),
  );
  if (options.withHeader === false) return new RowPrinter(undefined).print(rows);
  return formatTable(
    columns.map(({ header }) => header),
    rows,
  );
}

/** The columns of a kind's table. */
export function columnsToPrint(
  groupKind: string,
  { output, withNamespace, podColumns = [], labelColumns = [], showLabels = false }: PrintFormat,
): readonly Column[] {
  return [
    ...(withNamespace && !isClusterScoped(groupKind) ? [NAMESPACE] : []),
    ...columnsOf(groupKind).filter((column) => !column.wide || output === "wide"),
    ...(groupKind === "Pod" ? podColumns : []),
    ...labelColumns.map(labelColumn),
    ...(showLabels ? [LABELS] : []),
  ];
}

/** kubectl names the column after what follows the prefix of the key. */
function labelColumn(key: string): Column {
  return {
    header: key.slice(key.lastIndexOf("/") + 1).toUpperCase(),
    cell: ({ metadata: { labels = {} } }) =>
      Object.hasOwn(labels, key) ? (labels[key] ?? "") : "",
  };
}

function listOf(items: readonly KubernetesObject[]) {
  return { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items };
}

/** `pod`, `deployment.apps`: what kubectl puts before the name. */
function resourceName(groupKind: string): string {
  const [kind = "", ...group] = groupKind.split(".");
  const singular = resourceOfKind(groupKind)?.singular ?? kind.toLowerCase();
  return [singular, ...group].join(".");
}
