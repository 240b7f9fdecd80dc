import type { ServiceImport } from "../cluster.ts";
import { AGE, type Column, NAME } from "../columns/column.ts";
import type { Condition, Gateway, GRPCRoute, HTTPRoute } from "../gateway.ts";
import { GATEWAY_GROUP } from "../gateway.ts";
import { type Kind, kind } from "../kind.ts";
import type { GatewayClass } from "../tables/kinds.ts";

/** Columns as the CustomResourceDefinitions of these kinds have them; their rules stand there, too. */

export const gatewayClass: Kind = kind<GatewayClass>({
  groupKind: `GatewayClass.${GATEWAY_GROUP}`,
  columns: [
    NAME,
    { header: "CONTROLLER", cell: ({ spec }) => spec.controllerName },
    { header: "ACCEPTED", cell: ({ status }) => conditionOf(status?.conditions, "Accepted") },
    AGE,
    { header: "DESCRIPTION", wide: true, cell: ({ spec }) => spec.description ?? "" },
  ],
});

export const gateway: Kind = kind<Gateway>({
  groupKind: `Gateway.${GATEWAY_GROUP}`,
  columns: [
    NAME,
    { header: "CLASS", cell: ({ spec }) => spec.gatewayClassName },
    {
      header: "ADDRESS",
      cell: ({ status }) => (status?.addresses ?? []).map(({ value }) => value).join(","),
    },
    { header: "PROGRAMMED", cell: ({ status }) => conditionOf(status?.conditions, "Programmed") },
    AGE,
  ],
});

const HOST_ROUTE_COLUMNS: readonly Column<HTTPRoute | GRPCRoute>[] = [
  NAME,
  {
    header: "HOSTNAMES",
    cell: ({ spec: { hostnames } }) => (hostnames === undefined ? "" : JSON.stringify(hostnames)),
  },
  AGE,
];

export const httpRoute: Kind = kind<HTTPRoute>({
  groupKind: `HTTPRoute.${GATEWAY_GROUP}`,
  columns: HOST_ROUTE_COLUMNS,
});

export const grpcRoute: Kind = kind<GRPCRoute>({
  groupKind: `GRPCRoute.${GATEWAY_GROUP}`,
  columns: HOST_ROUTE_COLUMNS,
});

export const serviceImport: Kind = kind<ServiceImport>({
  groupKind: "ServiceImport.multicluster.x-k8s.io",
  columns: [
    NAME,
    { header: "TYPE", cell: ({ spec }) => spec.type },
    { header: "IP", cell: ({ spec }) => (spec.ips?.length ? JSON.stringify(spec.ips) : "") },
    AGE,
  ],
});

function conditionOf(conditions: readonly Condition[] | undefined, type: string): string {
  return conditions?.find((each) => each.type === type)?.status ?? "";
}
