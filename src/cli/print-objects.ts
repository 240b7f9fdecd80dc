import { printYaml } from "../manifests/print-yaml.ts";
import { namesOfKind } from "../objects/kind-names.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Column } from "./columns/column.ts";
import { columnsOf } from "./columns/columns.ts";
import { formatTable } from "./table.ts";

export const OUTPUT_FORMATS = ["table", "wide", "json", "yaml", "name"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface PrintOptions {
  readonly output: OutputFormat;
  /** Whether a table starts with the namespace. */
  readonly withNamespace: boolean;
  /** One object by name is printed as itself, several as a List. */
  readonly single: boolean;
  readonly now?: Date;
}

const NAMESPACE: Column = {
  header: "NAMESPACE",
  cell: ({ metadata }) => metadata.namespace ?? "",
};

/** The objects, all of one kind, as text that ends with a line end. */
export function printObjects(
  groupKind: string,
  objects: readonly KubernetesObject[],
  { output, withNamespace, single, now = new Date() }: PrintOptions,
): string {
  switch (output) {
    case "json":
      return `${JSON.stringify(single ? objects[0] : listOf(objects), null, 2)}\n`;
    case "yaml":
      return printYaml(single ? objects[0] : listOf(objects));
    case "name":
      return objects
        .map((object) => `${resourceName(groupKind)}/${object.metadata.name}\n`)
        .join("");
    case "table":
    case "wide": {
      const own = columnsOf(groupKind).filter((column) => !column.wide || output === "wide");
      const columns = withNamespace ? [NAMESPACE, ...own] : own;
      return formatTable(
        columns.map(({ header }) => header),
        objects.map((object) => columns.map((column) => column.cell(object, now))),
      );
    }
  }
}

function listOf(items: readonly KubernetesObject[]) {
  return { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items };
}

/** `pod`, `deployment.apps`: what kubectl puts before the name. */
function resourceName(groupKind: string): string {
  const [kind = "", ...group] = groupKind.split(".");
  const singular = namesOfKind(groupKind)?.singular ?? kind.toLowerCase();
  return [singular, ...group].join(".");
}
