import type { ConfigMap, Namespace, Node, Secret, ServiceImport } from "../cluster.ts";
import type { KubernetesObject } from "../object.ts";
import { AGE, type Column, NAME, NONE } from "./column.ts";

export const NAMESPACE_COLUMNS: readonly Column<Namespace>[] = [
  NAME,
  { header: "STATUS", cell: ({ status }) => status?.phase ?? "Active" },
  AGE,
];

export const CONFIG_MAP_COLUMNS: readonly Column<ConfigMap>[] = [
  NAME,
  { header: "DATA", cell: ({ data, binaryData }) => count(data, binaryData) },
  AGE,
];

export const SECRET_COLUMNS: readonly Column<Secret>[] = [
  NAME,
  { header: "TYPE", cell: ({ type }) => type ?? "Opaque" },
  { header: "DATA", cell: ({ data, stringData }) => count({ ...data, ...stringData }) },
  AGE,
];

/** Secrets are no longer counted: tokens are not kept in them. */
export const SERVICE_ACCOUNT_COLUMNS: readonly Column[] = [NAME, AGE];

export const SERVICE_IMPORT_COLUMNS: readonly Column<ServiceImport>[] = [
  NAME,
  { header: "TYPE", cell: ({ spec }) => spec.type },
  { header: "IP", cell: ({ spec }) => (spec.ips?.length ? JSON.stringify(spec.ips) : "") },
  AGE,
];

const ROLE_LABEL = "node-role.kubernetes.io/";

export const NODE_COLUMNS: readonly Column<Node>[] = [
  NAME,
  { header: "STATUS", cell: nodeStatus },
  {
    header: "ROLES",
    cell: ({ metadata }) =>
      Object.keys(metadata.labels ?? {})
        .filter((key) => key.startsWith(ROLE_LABEL) && key !== ROLE_LABEL)
        .map((key) => key.slice(ROLE_LABEL.length))
        .sort()
        .join(",") || NONE,
  },
  AGE,
  { header: "VERSION", cell: (node) => info(node, "kubeletVersion", "") },
  { header: "INTERNAL-IP", wide: true, cell: (node) => address(node, "InternalIP") },
  { header: "EXTERNAL-IP", wide: true, cell: (node) => address(node, "ExternalIP") },
  { header: "OS-IMAGE", wide: true, cell: (node) => info(node, "osImage") },
  { header: "KERNEL-VERSION", wide: true, cell: (node) => info(node, "kernelVersion") },
  {
    header: "CONTAINER-RUNTIME",
    wide: true,
    cell: (node) => info(node, "containerRuntimeVersion"),
  },
];

function nodeStatus({ spec, status }: Node): string {
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  const ready = conditions.find(({ type }) => type === "Ready");
  const word = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function address({ status }: Node, wanted: string): string {
  return status?.addresses?.find(({ type }) => type === wanted)?.address ?? NONE;
}

function info({ status }: KubernetesObject, field: string, none = "<unknown>"): string {
  const { nodeInfo } = (status ?? {}) as { nodeInfo?: Readonly<Record<string, string>> };
  return nodeInfo?.[field] ?? none;
}

function count(...maps: readonly (object | undefined)[]): string {
  return String(maps.reduce((sum, map) => sum + Object.keys(map ?? {}).length, 0));
}
