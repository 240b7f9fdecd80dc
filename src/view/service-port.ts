import type { BalancedPort } from "../balancer/balanced-port.ts";
import type { Balancer } from "../balancer/balancer.ts";
import { protocolOf } from "../balancer/service-port.ts";
import type { Endpoint } from "../objects/endpoint-slice.ts";
import type { Protocol } from "../objects/pod.ts";
import type { IPFamily, Service, ServicePort } from "../objects/service.ts";
import { type NoRoute, noRoute } from "./route.ts";

export interface AskedPort {
  /** Undefined: the name alone was given. */
  readonly number: number | undefined;
  /** Default: TCP. `any` takes TCP first. */
  readonly protocol?: Protocol | "any" | undefined;
  readonly family?: IPFamily | undefined;
  /** Whether the name stands for pods themselves, not for what balances over them. */
  readonly isOfPods?: boolean;
  /** Whether the pod of an endpoint has a container port. */
  readonly declares?: (endpoint: Endpoint, port: number) => boolean;
}

/**
 * The service port that is meant by a number, or by the Service's name alone: its only TCP port, else port 80,
 * else the one named `http`. Clients of a headless Service, or of one endpoint by its name, talk to pods, so that the
 * number may be the pods'.
 * @param host as it was asked for, to say what to write instead.
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
    // A port of the pods that the Service says nothing of: metrics, for one.
    const own = balancer.portOfEndpoints(service, number, family);
    if (own.table.all.some(({ endpoint }) => declares?.(endpoint, number))) return own;
  }
  return noRoute("no-port", () => first.reason);
}

/** The port that a Service answers with where its name alone was given. */
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
