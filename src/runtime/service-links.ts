import { hostPort } from "../net/host-port.ts";
import { clusterIPs, type Service, type ServicePort } from "../objects/service.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** Where a process on this machine reaches a service port; undefined when it can't. */
export type ServiceAddress = (service: Service, port: ServicePort) => LocalAddress | undefined;

/**
 * The variables by which a pod finds Services without DNS: `<SVC>_SERVICE_HOST`, `<SVC>_SERVICE_PORT` and the older
 * Docker links, for every Service of its namespace with a ClusterIP, as the kubelet sets them at a container's start.
 */
export function serviceLinks(
  namespace: string,
  store: StoreReader,
  addressOf: ServiceAddress,
): Map<string, string> {
  const variables = new Map<string, string>();
  for (const service of store.list("Service", { namespace })) {
    if (hasAddress(service)) addLinks(variables, service, addressOf);
  }
  return variables;
}

/** The variables by which every pod finds the API server, even with `enableServiceLinks: false`. */
export function apiServerLinks(store: StoreReader, addressOf: ServiceAddress): Map<string, string> {
  const variables = new Map<string, string>();
  const service = store.get("Service", "default", "kubernetes");
  if (service !== undefined && hasAddress(service)) addLinks(variables, service, addressOf);
  return variables;
}

function hasAddress(service: Service): boolean {
  const ip = clusterIPs(service)[0];
  return ip !== undefined && ip !== "None" && service.spec.type !== "ExternalName";
}

function addLinks(into: Map<string, string>, service: Service, addressOf: ServiceAddress): void {
  const prefix = variableName(service.metadata.name);
  for (const [i, port] of (service.spec.ports ?? []).entries()) {
    const address = addressOf(service, port);
    if (address === undefined) continue;
    const { host } = address;
    const number = String(address.port);
    const protocol = (port.protocol ?? "TCP").toLowerCase();
    const url = `${protocol}://${hostPort(host, address.port)}`;
    if (i === 0) {
      into.set(`${prefix}_SERVICE_HOST`, host);
      into.set(`${prefix}_SERVICE_PORT`, number);
      into.set(`${prefix}_PORT`, url);
    }
    if (port.name !== undefined && port.name !== "") {
      into.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, number);
    }
    // The variable's name has the Service's own port number, since programs were written for that.
    const link = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    into.set(link, url);
    into.set(`${link}_PROTO`, protocol);
    into.set(`${link}_PORT`, number);
    into.set(`${link}_ADDR`, host);
  }
}

/** `pulse-service` → `PULSE_SERVICE`. */
export function variableName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, "_").toUpperCase();
}
