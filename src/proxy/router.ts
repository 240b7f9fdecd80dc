import type { BalancedPort } from "../balancer/balanced-port.ts";
import type { Balancer, NoServicePort } from "../balancer/balancer.ts";
import { isHeadless, type Service, type ServicePort } from "../objects/service.ts";
import { type SessionRule, sessionRule } from "../objects/service-annotations.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { Authority } from "./authority.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { type NamedService, type NameScope, servicesNamed } from "./service-name.ts";

/** Where a request goes: one service port, and one pod of it where its name was used. */
export interface Route {
  readonly port: BalancedPort;
  readonly hostname?: string;
  /** What a client's session goes by, where the Service asks for one of its own. */
  readonly session?: SessionRule;
}

export interface Router {
  /** Equal numbers mean that every answer is the same. */
  readonly version: number;
  /**
   * By Host header. The header's port is not looked at: it is the gateway's. A Service with several TCP
   * ports answers by port 80, else by the one named `http`; with neither the name alone is not enough.
   */
  byHost(authority: Authority): Route | Refusal;
  /** By absolute URL, CONNECT or SOCKS: the port is the service port (of a headless Service also the pod's). */
  byPort(authority: Authority, defaultPort: number): Route | Refusal;
}

/** Knows Services by name and by their own addresses, and nothing else: a gateway is no open proxy. */
export function createRouter(store: StoreReader, balancer: Balancer, scope: NameScope): Router {
  function find(host: string): { service: Service; hostname?: string } | Refusal {
    const owner = balancer.serviceAt(host);
    if (owner !== undefined) return { service: owner.service };
    const candidates = servicesNamed(host, scope);
    for (const candidate of candidates) {
      const service = store.get("Service", candidate.namespace, candidate.service);
      if (service === undefined) continue;
      const { hostname } = candidate;
      if (hostname === undefined) return { service };
      if (hasHostname(service, hostname)) return { service, hostname };
    }
    return refusal(404, "no-service", whyNoService(host, candidates));
  }

  function hasHostname(service: Service, hostname: string): boolean {
    return (service.spec.ports ?? []).some((port) =>
      balancer
        .portOf(service, port)
        .table.all.some((backend) => backend.endpoint.hostname === hostname),
    );
  }

  function whyNoService(host: string, candidates: readonly NamedService[]): string {
    const [first] = candidates;
    if (first === undefined) {
      return `${host} is not the name of a Service: names look like web.shop.svc.${scope.clusterDomain}, web.shop or web (namespace ${scope.defaultNamespace}); other hosts are not proxied`;
    }
    const meant = candidates.filter((c) => c.hostname === undefined).at(-1) ?? first;
    const near = store.list("Service", { namespace: meant.namespace });
    const names = near.map((service) => service.metadata.name);
    if (meant.hostname !== undefined && names.includes(meant.service)) {
      return `Service ${meant.namespace}/${meant.service} has no endpoint with the hostname ${meant.hostname}`;
    }
    const elsewhere = store.list("Service").find((s) => s.metadata.name === meant.service);
    const hint =
      elsewhere !== undefined
        ? `; there is ${elsewhere.metadata.namespace}/${meant.service}`
        : names.length === 0
          ? `; namespace ${meant.namespace} has no Services`
          : `; namespace ${meant.namespace} has ${names.slice(0, 10).join(", ")}${names.length > 10 ? ", …" : ""}`;
    return `there is no Service ${meant.namespace}/${meant.service}${hint}`;
  }

  function route(service: Service, port: ServicePort, hostname: string | undefined): Route {
    const session = sessionRule(service);
    return {
      port: balancer.portOf(service, port),
      ...(hostname === undefined ? {} : { hostname }),
      ...(session === undefined ? {} : { session }),
    };
  }

  return {
    get version() {
      return store.resourceVersion;
    },

    byHost({ host }) {
      const found = find(host);
      if ("status" in found && "reason" in found) return found;
      const { service, hostname } = found;
      const alias = refuseAlias(service);
      if (alias !== undefined) return alias;
      const tcp = (service.spec.ports ?? []).filter((p) => (p.protocol ?? "TCP") === "TCP");
      const port =
        tcp.length === 1
          ? tcp[0]
          : (tcp.find((p) => p.port === 80) ?? tcp.find((p) => p.name === "http"));
      if (port !== undefined) return route(service, port, hostname);
      const listed = tcp.map((p) => `${p.name ?? ""} ${p.port}`.trim()).join(", ");
      return refusal(
        404,
        "no-port",
        tcp.length === 0
          ? `Service ${nameOf(service)} has no TCP port`
          : `Service ${nameOf(service)} has several ports (${listed}), none of them 80 or named http: say which one by using the gateway as a proxy, http://${host}:${tcp[0]?.port}/`,
      );
    },

    byPort({ host, port: number }, defaultPort) {
      const found = find(host);
      if ("status" in found && "reason" in found) return found;
      const { service, hostname } = found;
      const alias = refuseAlias(service);
      if (alias !== undefined) return alias;
      const wanted = number ?? defaultPort;
      const { namespace = "", name } = service.metadata;
      const result = balancer.lookup(namespace, name, wanted);
      if (!("outcome" in result)) return route(service, result.port, hostname);
      const direct = isHeadless(service) ? targetPort(service, wanted) : undefined;
      if (direct !== undefined) return route(service, direct, hostname);
      return refuse(result);
    },
  };

  /** Clients of a headless Service talk to pods, so the number they use is the pod's port. */
  function targetPort(service: Service, number: number): ServicePort | undefined {
    return (service.spec.ports ?? []).find((port) =>
      balancer.portOf(service, port).table.all.some((backend) => backend.port === number),
    );
  }
}

function refuseAlias(service: Service): Refusal | undefined {
  if (service.spec.type !== "ExternalName") return undefined;
  return refusal(
    404,
    "external-name",
    `${nameOf(service)} is an alias for ${service.spec.externalName}, outside the cluster: it is not proxied`,
  );
}

function refuse({ code, reason }: NoServicePort): Refusal {
  return refusal(404, code === "sctp" ? "no-port" : code, reason);
}

function nameOf(service: Service): string {
  return `${service.metadata.namespace}/${service.metadata.name}`;
}
