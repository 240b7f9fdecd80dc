import type { Balancer } from "../balancer/balancer.ts";
import type { Dns } from "../dns/dns.ts";
import type { Hosts } from "../dns/hosts.ts";
import type { ObservedStore } from "../dns/options.ts";
import type { PodView } from "../dns/pod-view.ts";
import type { ServiceSubject } from "../dns/reason.ts";
import { PLACELESS, tellingOf } from "../dns/telling.ts";
import { type Endpoint, podOfEndpoint } from "../objects/endpoint-slice.ts";
import { qualifiedName } from "../objects/object-key.ts";
import type { Service } from "../objects/service.ts";
import { hasContainerPort } from "../objects/target-port.ts";
import type { AddressRoutes } from "./address-routes.ts";
import type { Asker } from "./asker.ts";
import { type NoRoute, noRoute, type Route, routeTo } from "./route.ts";
import { servicePort } from "./service-port.ts";
import type { Standpoint } from "./standpoint.ts";

export interface NameRoutesOptions {
  readonly store: ObservedStore;
  readonly balancer: Balancer;
  readonly standpoint: Standpoint;
  /** Made when the first name is asked for. */
  readonly dns: () => Dns;
  /** For the names of pods, which are addresses spelt out. */
  readonly addresses: AddressRoutes;
}

/** Services that are names for each other, at most (D.6). */
const MAX_ALIASES = 10;

/** Where a host name and a port lead, by what DNS answers for the name. */
export class NameRoutes {
  readonly #options: NameRoutesOptions;
  readonly #searches = new Map<string, PodView>();

  constructor(options: NameRoutesOptions) {
    this.#options = options;
  }

  get #dns(): Dns {
    return this.#options.dns();
  }

  /** The first name of the search list that has hosts decides, as for a resolver. */
  find(host: string, port: number | undefined, asker: Asker): Route | NoRoute {
    const candidates = this.#searchOf(asker).candidates(host);
    let empty: ServiceSubject | undefined;
    for (const candidate of candidates) {
      const found = this.#dns.find(candidate);
      if (found.entries?.length) return this.#ofSubject(found, candidate, port, asker, []);
      empty ??= withoutEndpoints(found);
    }
    // The Service exists, and asking for its port says why it has no endpoint.
    if (empty !== undefined) return this.#ofService(empty, host, port, asker);
    return noRoute(this.#isOurs(candidates) ? "no-service" : "not-ours", () =>
      this.#whyNone(host, candidates),
    );
  }

  #searchOf({ namespace = this.#options.standpoint.namespace, pod }: Asker): PodView {
    if (pod !== undefined) return this.#dns.as({ namespace, pod });
    let search = this.#searches.get(namespace);
    if (search === undefined) {
      search = this.#dns.as({ namespace });
      this.#searches.set(namespace, search);
    }
    return search;
  }

  /** @param chain the aliases that were followed to come to this name. */
  #ofSubject(
    { of, entries }: Hosts,
    name: string,
    port: number | undefined,
    asker: Asker,
    chain: readonly string[],
  ): Route | NoRoute {
    switch (of?.kind) {
      case "service": {
        const alias = aliasIn(entries);
        if (alias === undefined) return this.#ofService(of, bare(name), port, asker);
        return this.#ofAlias(of, `${bare(alias)}.`, name, port, asker, chain);
      }
      case "pod":
        return this.#options.addresses.find(of.address, port, asker);
      default:
        return noRoute("no-service", () => `${bare(name)} is no name of a Service or a pod`);
    }
  }

  /** Follows an ExternalName as the answers of DNS do (D.6). */
  #ofAlias(
    { shape }: ServiceSubject,
    target: string,
    name: string,
    port: number | undefined,
    asker: Asker,
    chain: readonly string[],
  ): Route | NoRoute {
    const who = qualifiedName(shape.namespace, shape.name);
    const lower = target.toLowerCase();
    if (!this.#isInZone(lower)) {
      const outside = bare(target);
      return noRoute(
        "external-name",
        () => `${who} is an alias for ${outside}, outside the cluster: it is not proxied`,
        outside,
      );
    }
    const leadsBack = chain.includes(lower) || lower.endsWith(`.${name.toLowerCase()}`);
    if (leadsBack || lower === name.toLowerCase() || chain.length > MAX_ALIASES) {
      return noRoute("dead-alias", () => `${who} is an alias that leads back to itself`);
    }
    const found = this.#dns.find(lower);
    if (found.entries?.length) {
      return this.#ofSubject(found, lower, port, asker, [...chain, lower]);
    }
    return noRoute("dead-alias", () => {
      const { reason } = this.#dns.explain(lower);
      return `${who} is an alias for ${bare(target)}, and that leads nowhere: ${reason}`;
    });
  }

  #ofService(
    { entry, shape, headless }: ServiceSubject,
    host: string,
    port: number | undefined,
    { protocol, family }: Asker,
  ): Route | NoRoute {
    const service = entry.service as Service;
    const isOfPods = headless || shape.endpoint !== "";
    const declares = (endpoint: Endpoint, number: number) =>
      this.#declares(endpoint, service.metadata.namespace, number);
    const asked = { number: port, protocol, family, isOfPods, declares };
    const found = servicePort(service, asked, this.#options.balancer, host);
    if (!("table" in found)) return found;
    const only = shape.endpoint === "" ? {} : { only: { hostname: shape.endpoint } };
    const own = found.port.port === port ? found.table.all[0]?.port : undefined;
    const translated = isOfPods && own !== undefined && own !== port ? { translated: own } : {};
    return { ...routeTo(service, found), ...only, ...translated };
  }

  /** Whether the pod of an endpoint declares a container port. */
  #declares(endpoint: Endpoint, serviceNamespace: string | undefined, number: number): boolean {
    const ref = podOfEndpoint(endpoint, serviceNamespace);
    const pod = ref && this.#options.store.get("Pod", ref.namespace, ref.name);
    return pod !== undefined && hasContainerPort(pod.spec, number);
  }

  /** Whether the cluster's DNS answers for the name, or knows a Service by it. */
  #isOurs(candidates: readonly string[]): boolean {
    const last = candidates.at(-1) ?? "";
    return (
      this.#isInZone(last) || candidates.some((each) => withoutEndpoints(this.#dns.find(each)))
    );
  }

  #isInZone(lowerName: string): boolean {
    const { clusterDomain, furtherZones = [] } = this.#options.standpoint;
    return [clusterDomain, ...furtherZones].some((zone) => lowerName.endsWith(`.${zone}.`));
  }

  #whyNone(host: string, candidates: readonly string[]): string {
    const { clusterDomain, namespace } = this.#options.standpoint;
    const tried = candidates.map((candidate) => this.#dns.explain(candidate));
    const told = tellingOf(host, tried);
    if (told === undefined || (PLACELESS.has(told.rule) && !host.endsWith(`.${clusterDomain}`))) {
      return `${host} is not the name of a Service: names look like web.shop.svc.${clusterDomain}, web.shop or web (namespace ${namespace}); other hosts are not proxied`;
    }
    return [told.reason, ...told.hints.slice(0, 1)].join("; ");
  }
}

/** The Service that a name would stand for if it had endpoints or an address. */
function withoutEndpoints({ why }: Hosts): ServiceSubject | undefined {
  switch (why?.rule) {
    case "headless-not-ready":
    case "headless-without-endpoints":
    case "endpoint-not-ready":
    case "service-without-address":
      return why.of.imported ? undefined : why.of;
    default:
      return undefined;
  }
}

/** The target of an ExternalName. */
function aliasIn(entries: Hosts["entries"]): string | undefined {
  const [first] = entries ?? [];
  return first?.family === 0 ? first.host : undefined;
}

function bare(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
