import type { BalancedPort } from "../balancer/balanced-port.ts";
import type { Balancer } from "../balancer/balancer.ts";
import { protocolOf } from "../balancer/service-port.ts";
import type { Endpoint } from "../objects/endpoint-slice.ts";
import type { Protocol } from "../objects/pod.ts";
import type { IPFamily, Service, ServicePort } from "../objects/service.ts";
import { type NoRoute, noRoute } from "./route.ts";

export interface AskedPort {
  /** Undefined: no port was given. */
  readonly number: number | undefined;
  /** Default: TCP. `any` prefers TCP. */
  readonly protocol?: Protocol | "any" | undefined;
  readonly family?: IPFamily | undefined;
  /** Whether the name stands for the pods themselves, as with headless Services. */
  readonly isOfPods?: boolean;
  /** Whether the pod of an endpoint declares a container port. */
  readonly declares?: (endpoint: Endpoint, port: number) => boolean;
}

/**
 * The Service port that a number means. Without a number: the Service's only TCP port, else port 80, else the one
 * named `http`. Clients of a headless Service, or of one endpoint by its name, talk to pods, so for them the number
 * may also be a port of the pods.
 * @param host as the user wrote it, to suggest another spelling.
 */
export function servicePort(
  service: Service,
  { number, protocol = "TCP", family, isOfPods = false, declares }: AskedPort,
  balancer: Balancer,
  host: string,
): BalancedPort | NoRoute {
  const all = service.spec.ports ?? [];
  if (number === undefined) {
    const port = mainPort(all);
    if (port !== undefined) return balancer.portOf(service, port, family);
    return noRoute("no-port", () => whyNoMainPort(service, host));
  }
  const { namespace = "", name } = service.metadata;
  const first = balancer.lookup(
    namespace,
    name,
    number,
    protocol === "any" ? "TCP" : protocol,
    family,
  );
  if (!("outcome" in first)) return first;
  const other = protocol === "any" ? all.find(({ port }) => port === number) : undefined;
  if (other !== undefined) return balancer.portOf(service, other, family);
  if (isOfPods) {
    if (all.length === 0) return balancer.portOfEndpoints(service, number, family);
    const ports = all.map((port) => balancer.portOf(service, port, family));
    const direct = ports.find(({ table }) => table.all.some(({ port }) => port === number));
    if (direct !== undefined) return direct;
    // A port of the pods that the Service doesn't declare, such as one for metrics.
    const own = balancer.portOfEndpoints(service, number, family);
    if (own.table.all.some(({ endpoint }) => declares?.(endpoint, number))) return own;
  }
  return noRoute("no-port", () => first.reason);
}

/** The port that is used where only the Service's name was given. */
export function mainPort(ports: readonly ServicePort[]): ServicePort | undefined {
  const tcp = ports.filter((port) => protocolOf(port) === "TCP");
  if (tcp.length === 1) return tcp[0];
  return tcp.find(({ port }) => port === 80) ?? tcp.find(({ name }) => name === "http");
}

function whyNoMainPort({ metadata, spec }: Service, host: string): string {
  const service = `Service ${metadata.namespace}/${metadata.name}`;
  const tcp = (spec.ports ?? []).filter((port) => protocolOf(port) === "TCP");
  if (tcp.length === 0) {
    const other = (spec.ports ?? []).map(({ port, protocol }) => `${port}/${protocol}`).join(", ");
    return `${service} has no TCP port${other === "" ? "" : `; it has ${other}`}`;
  }
  const listed = tcp.map(({ name = "", port }) => `${name} ${port}`.trim()).join(", ");
  return `${service} has several ports (${listed}), none of them 80 or named http: say which one by using the gateway as a proxy, http://${host}:${tcp[0]?.port}/`;
}
