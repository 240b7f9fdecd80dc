import { clusterIPs, type Service } from "../service.ts";
import { AGE, type Column, NAME, NONE } from "./column.ts";
import { formatMap } from "./selector-text.ts";

export const SERVICE_COLUMNS: readonly Column<Service>[] = [
  NAME,
  { header: "TYPE", cell: ({ spec }) => spec.type ?? "ClusterIP" },
  { header: "CLUSTER-IP", cell: (service) => clusterIPs(service)[0] ?? NONE },
  { header: "EXTERNAL-IP", cell: externalAddresses },
  { header: "PORT(S)", cell: servicePorts },
  AGE,
  { header: "SELECTOR", wide: true, cell: ({ spec }) => formatMap(spec.selector) },
];

function externalAddresses({ spec, status }: Service): string {
  if (spec.type === "ExternalName") return spec.externalName ?? NONE;
  const ingress = status?.loadBalancer?.ingress ?? [];
  const addresses = ingress.map(({ ip, hostname }) => ip ?? hostname ?? "");
  const all = [...addresses, ...(spec.externalIPs ?? [])].filter((address) => address !== "");
  if (all.length > 0) return all.join(",");
  return spec.type === "LoadBalancer" ? "<pending>" : NONE;
}

/** `80/TCP,443:30443/TCP` */
export function servicePorts({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol ?? "TCP"}` : `${port}/${protocol ?? "TCP"}`,
  );
  return ports.join(",") || NONE;
}
