import type { Column } from "../objects/columns/column.ts";
import type { KubernetesObject } from "../objects/object.ts";

/** How much of an object stands beside its row. */
export type IncludeObject = "None" | "Metadata" | "Object";

interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** Objects as the rows that `kubectl get` prints (meta/v1 Table). */
export function tableOf(
  objects: readonly KubernetesObject[],
  columns: readonly Column[],
  {
    metadata,
    include,
    now,
    withDefinitions = true,
  }: {
    readonly metadata: object;
    readonly include: IncludeObject;
    readonly now: Date;
    /** A watch tells the columns only once. */
    readonly withDefinitions?: boolean;
  },
): object {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: withDefinitions ? columns.map(definitionOf) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...(include !== "None" && { object: include === "Object" ? object : partial(object) }),
    })),
  };
}

function definitionOf(column: Column): ColumnDefinition {
  const name = titleOf(column.header);
  return {
    name,
    type: "string",
    format: column.header === "NAME" ? "name" : "",
    description: "",
    priority: column.wide ? 1 : 0,
  };
}

/** kubectl prints names in capitals; what it gets is written as in a sentence: `CLUSTER-IP` is `Cluster-IP`. */
function titleOf(header: string): string {
  return (
    TITLES[header] ?? header.toLowerCase().replace(/(^|[\s-])(\w)/g, (all) => all.toUpperCase())
  );
}

const TITLES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "Cluster-IP",
    "External-IP",
    "Internal-IP",
    "IP",
    "Port(s)",
    "Up-to-date",
    "Last Schedule",
    "OS-Image",
    "StorageClass",
    "VolumeAttributesClass",
    "VolumeMode",
    "MinPods",
    "MaxPods",
    "ParentRef",
    "CIDRs",
    "AttachRequired",
    "PodInfoOnMount",
    "StorageCapacity",
    "TokenRequests",
    "RequiresRepublish",
    "ReclaimPolicy",
    "VolumeBindingMode",
    "AllowVolumeExpansion",
    "PV",
    "DriverName",
    "ParamKind",
    "PolicyName",
    "ParamRef",
    "PreemptionPolicy",
    "AddressType",
    "ServiceAccounts",
  ].map((title) => [title.toUpperCase(), title]),
);

/** Only what identifies an object (meta/v1 PartialObjectMetadata). */
export function partial({ metadata }: KubernetesObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
