import type { Condition, Gateway } from "../gateway.ts";
import type { KubernetesObject } from "../object.ts";
import type { GatewayClass } from "../tables/kinds.ts";
import { AGE, type Column, NAME } from "./column.ts";

/** Columns as the CustomResourceDefinitions of Gateway API have them. */

export const GATEWAY_CLASS_COLUMNS: readonly Column<GatewayClass>[] = [
  NAME,
  { header: "CONTROLLER", cell: ({ spec }) => spec.controllerName },
  { header: "ACCEPTED", cell: ({ status }) => conditionOf(status?.conditions, "Accepted") },
  AGE,
  { header: "DESCRIPTION", wide: true, cell: ({ spec }) => spec.description ?? "" },
];

export const GATEWAY_COLUMNS: readonly Column<Gateway>[] = [
  NAME,
  { header: "CLASS", cell: ({ spec }) => spec.gatewayClassName },
  {
    header: "ADDRESS",
    cell: ({ status }) => (status?.addresses ?? []).map(({ value }) => value).join(","),
  },
  { header: "PROGRAMMED", cell: ({ status }) => conditionOf(status?.conditions, "Programmed") },
  AGE,
];

export const HOST_ROUTE_COLUMNS: readonly Column<KubernetesObject>[] = [
  NAME,
  {
    header: "HOSTNAMES",
    cell({ spec }) {
      const { hostnames } = spec as { readonly hostnames?: readonly string[] };
      return hostnames === undefined ? "" : JSON.stringify(hostnames);
    },
  },
  AGE,
];

function conditionOf(conditions: readonly Condition[] | undefined, type: string): string {
  return conditions?.find((each) => each.type === type)?.status ?? "";
}
