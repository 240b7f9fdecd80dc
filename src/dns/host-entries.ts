import { append } from "../objects/append.ts";
import { endpointName } from "../objects/endpoint-name.ts";
import {
  type DeclaredPort,
  type Endpoint,
  type EndpointSlice,
  isEndpointReady,
} from "../objects/endpoint-slice.ts";
import { clusterIPs, isHeadless } from "../objects/service.ts";
import { SOURCE_CLUSTER_LABEL } from "./catalog.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import {
  EMPTY_HOSTS,
  type HostEntry,
  type Hosts,
  hosts,
  type LookupContext,
  missing,
} from "./hosts.ts";
import { localAddress } from "./local-view.ts";
import type { ObjectName } from "./name-shape.ts";
import type { Settings } from "./options.ts";
import { podHosts } from "./pod-names.ts";
import type { NamedEndpoint, Reason, ServiceSubject } from "./reason.ts";
import { addressFamily } from "./wire/address.ts";
import { withoutTaken } from "./without-taken.ts";

/** The hosts of a name (D.4). */
export function hostEntries(
  shape: ObjectName,
  context: LookupContext,
  multicluster: boolean,
): Hosts {
  const { namespace, name } = shape;
  const hidden = whyHidden(namespace, context);
  if (hidden !== undefined) return missing({ rule: hidden, namespace });
  if (shape.tree === "pod") return podHosts(shape, context);
  if (name === "") return EMPTY_HOSTS;
  context.topics.add(`service:${namespace}/${name}`);
  const entry = context.catalog.entry(namespace, name);
  const object = multicluster ? entry?.serviceImport : entry?.service;
  if (entry === undefined || object === undefined) {
    return missing({ rule: "service-missing", shape, imported: multicluster });
  }
  const found = multicluster
    ? importHosts(shape, entry, context)
    : serviceHosts(shape, entry, context);
  return withoutTaken(found, context);
}

/** The rule that makes a namespace invisible, if there is one. */
export function whyHidden(
  namespace: string,
  { catalog, settings, topics }: LookupContext,
): "namespace-hidden" | "namespace-missing" | undefined {
  topics.add(`namespace:${namespace}`);
  if (settings.namespaces !== undefined && !settings.namespaces.has(namespace)) {
    return "namespace-hidden";
  }
  return catalog.hasNamespace(namespace, settings.declaredNamespaces)
    ? undefined
    : "namespace-missing";
}

function serviceHosts(
  shape: ObjectName,
  entry: CatalogEntry,
  { settings, topics }: LookupContext,
): Hosts {
  const service = entry.service as NonNullable<CatalogEntry["service"]>;
  const headless = isHeadless(service);
  const external = service.spec.type === "ExternalName";
  const alias = external ? { alias: service.spec.externalName ?? "" } : {};
  const of: ServiceSubject = { kind: "service", shape, entry, imported: false, headless, ...alias };
  if (headless || shape.endpoint !== "" || settings.ignoreEmptyService) {
    topics.add(`endpoints:${shape.namespace}/${shape.name}`);
  }
  if (settings.ignoreEmptyService && !external && !headless && !hasReadyAddress(slicesOf(of))) {
    return missing({ rule: "service-empty", of });
  }
  if (shape.topologyZone !== "" && !headless)
    return missing({ rule: "zone-name-not-headless", of });
  if (of.alias !== undefined) {
    const host = of.alias;
    if (shape.endpoint !== "" || shape.port !== "" || shape.protocol !== "") {
      return missing({ rule: "external-name-below", of });
    }
    if (host === "" || addressFamily(host) !== 0) {
      return missing({ rule: "external-name-is-address", of });
    }
    return hosts(of, [{ host, family: 0, port: 0, target: "" }]);
  }
  if (headless || shape.endpoint !== "") return endpointHosts(of, settings);
  return addressHosts(of, clusterIPs(service), service.spec.ports ?? [], settings);
}

function importHosts(
  shape: ObjectName,
  entry: CatalogEntry,
  { settings, topics }: LookupContext,
): Hosts {
  const { spec } = entry.serviceImport as NonNullable<CatalogEntry["serviceImport"]>;
  topics.add(`endpoints:${shape.namespace}/${shape.name}`);
  const headless = spec.type === "Headless";
  const of: ServiceSubject = { kind: "service", shape, entry, imported: true, headless };
  if (settings.ignoreEmptyService && !headless && !hasReadyAddress(slicesOf(of))) {
    return missing({ rule: "service-empty", of });
  }
  if (headless || shape.endpoint !== "") return endpointHosts(of, settings);
  return addressHosts(of, spec.ips ?? [], spec.ports ?? [], settings);
}

/** The slices that a name's endpoints are in. */
export function slicesOf({ entry, imported }: ServiceSubject): readonly EndpointSlice[] {
  return [...(imported ? entry.importedSlices : entry.slices).values()];
}

/** A declared port, or the value that stands for none. */
const NO_PORTS: readonly DeclaredPort[] = [{ port: -1 }];

function addressHosts(
  of: ServiceSubject,
  addresses: readonly string[],
  declared: readonly DeclaredPort[],
  settings: Settings,
): Hosts {
  const { shape } = of;
  const entries: HostEntry[] = [];
  const target = `${shape.name}.${shape.namespace}.svc`;
  let matched = false;
  for (const port of declared.length === 0 ? NO_PORTS : declared) {
    if (!isPort(shape, port)) continue;
    matched = true;
    for (const address of addresses) {
      const host = settings.view === "local" ? localAddress(address, settings.mirror) : address;
      const family = addressFamily(address);
      entries.push({ host, family, port: port.port ?? -1, target });
    }
  }
  if (!matched) return missing({ rule: "port-missing", of, ports: declared });
  return hosts(of, entries, { rule: "service-without-address", of });
}

function endpointHosts(of: ServiceSubject, settings: Settings): Hosts {
  if (settings.noEndpoints) return missing({ rule: "endpoint-records-off", of });
  const { topologyZone, preferZone } = of.shape;
  let found = collect(of, settings, topologyZone);
  if (topologyZone === "") {
    return found.entries.length === 0
      ? missing(whyNoEndpoint(of, found))
      : hosts(of, found.entries);
  }
  if (found.entries.length === 0 && preferZone) found = collect(of, settings, "");
  return hosts(of, found.entries, { rule: "zone-without-endpoints", of, zones: found.otherZones });
}

/** The hosts of endpoints, and which rules excluded the other addresses. */
interface Collected {
  readonly entries: HostEntry[];
  /** Addresses that have the name, in whatever state. */
  named: number;
  /** Those of them that are ready. */
  ready: number;
  /** Endpoints that have the name and are not ready. */
  readonly notReady: Set<Endpoint>;
  /** Where one endpoint was asked for by its name: the names of the others. */
  readonly others: NamedEndpoint[];
  /** Zones of ready endpoints outside the zone that was asked for. */
  readonly otherZones: Set<string>;
  /** Ports of slices that don't have the port that was asked for. */
  readonly otherPorts: DeclaredPort[];
}

/** The first rule that excluded all endpoints. */
function whyNoEndpoint(of: ServiceSubject, found: Collected): Reason {
  const isOne = of.shape.endpoint !== "";
  if (found.named === 0) {
    return isOne
      ? { rule: "endpoint-missing", of, others: found.others }
      : { rule: "headless-without-endpoints", of };
  }
  if (found.ready > 0) return { rule: "port-missing", of, ports: found.otherPorts };
  return isOne
    ? { rule: "endpoint-not-ready", of }
    : { rule: "headless-not-ready", of, notReady: [...found.notReady] };
}

function collect(of: ServiceSubject, settings: Settings, topologyZone: string): Collected {
  const { shape, imported } = of;
  const found: Collected = {
    entries: [],
    named: 0,
    ready: 0,
    notReady: new Set(),
    others: [],
    otherZones: new Set(),
    otherPorts: [],
  };
  const base = `${shape.name}.${shape.namespace}.svc`;
  for (const slice of slicesOf(of)) {
    const cluster = imported ? (slice.metadata.labels?.[SOURCE_CLUSTER_LABEL] ?? "") : "";
    if (shape.endpoint !== "" && imported && cluster.toLowerCase() !== shape.cluster) continue;
    const declared = slice.ports ?? [];
    const ports = (declared.length === 0 ? NO_PORTS : declared).filter((p) => isPort(shape, p));
    if (ports.length === 0) append(found.otherPorts, declared);
    const suffix = imported ? `${cluster}.${base}` : base;
    for (const endpoint of slice.endpoints) {
      const ready = isEndpointReady(endpoint);
      for (const address of endpoint.addresses) {
        const name = endpointName(address, endpoint, settings.endpointPodNames);
        if (shape.endpoint !== "" && name.toLowerCase() !== shape.endpoint) {
          found.others.push({ name: name.toLowerCase(), address, endpoint });
          continue;
        }
        found.named++;
        if (!ready) {
          found.notReady.add(endpoint);
          continue;
        }
        found.ready++;
        if (topologyZone !== "" && endpoint.zone?.toLowerCase() !== topologyZone) {
          if (endpoint.zone !== undefined) found.otherZones.add(endpoint.zone);
          continue;
        }
        const host =
          settings.view === "local" ? localAddress(address, settings.mirror, endpoint) : address;
        const family = addressFamily(address);
        const target = `${name}.${suffix}`;
        for (const port of ports) {
          found.entries.push({ host, family, port: port.port ?? -1, target });
        }
      }
    }
  }
  return found;
}

export function* readyEndpoints(slice: EndpointSlice): Generator<readonly [Endpoint, string]> {
  for (const endpoint of slice.endpoints) {
    if (!isEndpointReady(endpoint)) continue;
    for (const address of endpoint.addresses) yield [endpoint, address];
  }
}

/** Whether some endpoint is ready. */
export function hasReadyAddress(slices: readonly EndpointSlice[]): boolean {
  return slices.some((slice) =>
    slice.endpoints.some((e) => isEndpointReady(e) && e.addresses.length > 0),
  );
}

/** Whether a port has the name and protocol that were asked for; a name without these labels matches all. */
function isPort(shape: ObjectName, port: DeclaredPort): boolean {
  return (
    (shape.port === "" || (port.name ?? "").toLowerCase() === shape.port) &&
    (shape.protocol === "" || (port.protocol ?? "TCP").toLowerCase() === shape.protocol)
  );
}
