import type { Endpoints } from "../endpoints.ts";
import type { Ingress } from "../ingress.ts";
import type { NetworkPolicy } from "../network-policy.ts";
import { AGE, type Column, NAME, NONE } from "./column.ts";
import { some } from "./endpoint-slice.ts";
import { formatLabelSelector } from "./selector-text.ts";

export const ENDPOINTS_COLUMNS: readonly Column<Endpoints>[] = [
  NAME,
  { header: "ENDPOINTS", cell: ({ subsets = [] }) => some(addressesOf(subsets), NONE) },
  AGE,
];

function addressesOf(subsets: NonNullable<Endpoints["subsets"]>): string[] {
  return subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) =>
          addresses.map(({ ip }) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)),
        ),
  );
}

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export const INGRESS_COLUMNS: readonly Column<Ingress>[] = [
  NAME,
  {
    header: "CLASS",
    cell: ({ spec, metadata }) =>
      spec?.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION] ?? NONE,
  },
  { header: "HOSTS", cell: ingressHosts },
  {
    header: "ADDRESS",
    cell: ({ status }) =>
      (status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip ?? hostname ?? "")
        .filter((text) => text !== "")
        .join(","),
  },
  { header: "PORTS", cell: ({ spec }) => (spec?.tls?.length ? "80, 443" : "80") },
  AGE,
];

function ingressHosts({ spec }: Ingress): string {
  const rules = (spec?.rules ?? []).filter(({ http }) => http !== undefined);
  const hosts = rules.map(({ host }) => host || "*");
  return some(hosts, "*");
}

export const INGRESS_CLASS_COLUMNS: readonly Column[] = [
  NAME,
  {
    header: "CONTROLLER",
    cell: ({ spec }) => (spec as { controller?: string } | undefined)?.controller ?? "",
  },
  {
    header: "PARAMETERS",
    cell: ({ spec }) => {
      const { parameters } = (spec ?? {}) as {
        parameters?: { apiGroup?: string; kind: string; name: string };
      };
      if (parameters === undefined) return NONE;
      const { apiGroup, kind, name } = parameters;
      return `${apiGroup ? `${kind}.${apiGroup}` : kind}/${name}`;
    },
  },
  AGE,
];

export const NETWORK_POLICY_COLUMNS: readonly Column<NetworkPolicy>[] = [
  NAME,
  { header: "POD-SELECTOR", cell: ({ spec }) => formatLabelSelector(spec.podSelector) },
  AGE,
];

export const SERVICE_CIDR_COLUMNS: readonly Column[] = [
  NAME,
  {
    header: "CIDRS",
    cell: ({ spec }) => (spec as { cidrs?: string[] } | undefined)?.cidrs?.join(",") ?? "",
  },
  AGE,
];

export const IP_ADDRESS_COLUMNS: readonly Column[] = [
  NAME,
  {
    header: "PARENTREF",
    cell: ({ spec }) => {
      const { parentRef } = (spec ?? {}) as { parentRef?: Readonly<Record<string, string>> };
      const { group, resource, namespace, name } = parentRef ?? {};
      const parts = [group ? `${resource}.${group}` : resource, namespace, name];
      return parts.filter(Boolean).join("/");
    },
  },
  AGE,
];
