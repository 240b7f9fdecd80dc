import {
  type Endpoint,
  type EndpointPort,
  type EndpointSlice,
  isEndpointReady,
} from "../objects/endpoint-slice.ts";
import { clusterIPs, isHeadless } from "../objects/service.ts";
import type { Catalog, CatalogEntry, Topic } from "./catalog.ts";
import { SOURCE_CLUSTER_LABEL } from "./catalog.ts";
import { endpointName } from "./endpoint-name.ts";
import { localAddress } from "./local-view.ts";
import type { ObjectName } from "./name-shape.ts";
import type { Settings } from "./options.ts";
import { podEntries } from "./pod-names.ts";
import { addressFamily } from "./wire/address.ts";

/** One host that a name stands for (D.4). */
export interface HostEntry {
  /** An address, or a name (ExternalName, FQDN slices). */
  readonly host: string;
  /** 0 when the host is a name. */
  readonly family: 4 | 6 | 0;
  /** -1 when no port is declared. */
  readonly port: number;
  /** The name of the host itself, left of the zone: what SRV records point to. */
  readonly target: string;
}

/** The name does not exist. */
export const MISSING = "missing";

/** What names are looked up in, and what the look-up came to depend on. */
export interface LookupContext {
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly topics: Set<Topic>;
}

/** The hosts of a name, in the order of the objects; empty when it exists and holds none (D.4). */
export function hostEntries(
  shape: ObjectName,
  context: LookupContext,
  multicluster: boolean,
): readonly HostEntry[] | typeof MISSING {
  if (!isExposed(shape.namespace, context)) return MISSING;
  if (shape.tree === "pod") return podEntries(shape, context);
  if (shape.name === "") return [];
  const { namespace, name } = shape;
  context.topics.add(`service:${namespace}/${name}`);
  const entry = context.catalog.entry(namespace, name);
  if (entry === undefined) return MISSING;
  const found = multicluster
    ? importEntries(shape, entry, context)
    : serviceEntries(shape, entry, context);
  return found;
}

/** Whether a namespace exists and is not hidden. */
export function isExposed(
  namespace: string,
  { catalog, settings, topics }: LookupContext,
): boolean {
  topics.add(`namespace:${namespace}`);
  if (settings.namespaces !== undefined && !settings.namespaces.has(namespace)) return false;
  return catalog.hasNamespace(namespace, settings.declaredNamespaces);
}

function serviceEntries(
  shape: ObjectName,
  entry: CatalogEntry,
  { settings, topics }: LookupContext,
): readonly HostEntry[] | typeof MISSING {
  const { service } = entry;
  if (service === undefined) return MISSING;
  const headless = isHeadless(service);
  const external = service.spec.type === "ExternalName";
  const slices = [...entry.slices.values()];
  if (headless || shape.endpoint !== "" || settings.ignoreEmptyService) {
    topics.add(`endpoints:${shape.namespace}/${shape.name}`);
  }
  if (settings.ignoreEmptyService && !external && !headless && !hasReadyAddress(slices)) {
    return MISSING;
  }
  if (shape.topologyZone !== "" && !headless) return MISSING;
  if (external) {
    const host = service.spec.externalName ?? "";
    const named = shape.endpoint !== "" || shape.port !== "" || shape.protocol !== "";
    if (named || host === "" || addressFamily(host) !== 0) return MISSING;
    return [{ host, family: 0, port: 0, target: "" }];
  }
  if (headless || shape.endpoint !== "") {
    if (settings.noEndpoints) return MISSING;
    return endpointEntries(shape, slices, settings);
  }
  return addressEntries(shape, clusterIPs(service), service.spec.ports ?? [], settings);
}

function importEntries(
  shape: ObjectName,
  entry: CatalogEntry,
  { settings, topics }: LookupContext,
): readonly HostEntry[] | typeof MISSING {
  const spec = entry.serviceImport?.spec;
  if (spec === undefined) return MISSING;
  topics.add(`endpoints:${shape.namespace}/${shape.name}`);
  const headless = spec.type === "Headless";
  const slices = [...entry.importedSlices.values()];
  if (settings.ignoreEmptyService && !headless && !hasReadyAddress(slices)) return MISSING;
  if (headless || shape.endpoint !== "") {
    if (settings.noEndpoints) return MISSING;
    return endpointEntries(shape, slices, settings, true);
  }
  return addressEntries(shape, spec.ips ?? [], spec.ports ?? [], settings);
}

/** A declared port or the sentinel that stands for none. */
const NO_PORTS: readonly EndpointPort[] = [{ port: -1 }];

function addressEntries(
  shape: ObjectName,
  addresses: readonly string[],
  declared: readonly EndpointPort[],
  settings: Settings,
): readonly HostEntry[] | typeof MISSING {
  const entries: HostEntry[] = [];
  const target = `${shape.name}.${shape.namespace}.svc`;
  let matched = false;
  for (const port of declared.length === 0 ? NO_PORTS : declared) {
    if (!isPort(shape, port)) continue;
    matched = true;
    for (const address of addresses) {
      const host = settings.view === "local" ? localAddress(address) : address;
      const family = addressFamily(address);
      entries.push({ host, family, port: port.port ?? -1, target });
    }
  }
  return matched ? entries : MISSING;
}

function endpointEntries(
  shape: ObjectName,
  slices: readonly EndpointSlice[],
  settings: Settings,
  imported = false,
): readonly HostEntry[] | typeof MISSING {
  const { topologyZone } = shape;
  let entries = collect(shape, slices, settings, imported, topologyZone);
  if (topologyZone === "") return entries.length === 0 ? MISSING : entries;
  if (entries.length === 0 && shape.preferZone) {
    entries = collect(shape, slices, settings, imported, "");
  }
  return entries;
}

function collect(
  shape: ObjectName,
  slices: readonly EndpointSlice[],
  settings: Settings,
  imported: boolean,
  topologyZone: string,
): HostEntry[] {
  const entries: HostEntry[] = [];
  const base = `${shape.name}.${shape.namespace}.svc`;
  for (const slice of slices) {
    const cluster = imported ? (slice.metadata.labels?.[SOURCE_CLUSTER_LABEL] ?? "") : "";
    if (shape.endpoint !== "" && imported && cluster.toLowerCase() !== shape.cluster) continue;
    const declared = slice.ports ?? [];
    const ports = (declared.length === 0 ? NO_PORTS : declared).filter((p) => isPort(shape, p));
    if (ports.length === 0) continue;
    const suffix = imported ? `${cluster}.${base}` : base;
    for (const [endpoint, address] of readyEndpoints(slice)) {
      if (topologyZone !== "" && endpoint.zone?.toLowerCase() !== topologyZone) continue;
      const name = endpointName(address, endpoint, settings.endpointPodNames);
      if (shape.endpoint !== "" && name.toLowerCase() !== shape.endpoint) continue;
      const host = settings.view === "local" ? localAddress(address, endpoint) : address;
      const family = addressFamily(address);
      const target = `${name}.${suffix}`;
      for (const port of ports) entries.push({ host, family, port: port.port ?? -1, target });
    }
  }
  return entries;
}

export function* readyEndpoints(slice: EndpointSlice): Generator<readonly [Endpoint, string]> {
  for (const endpoint of slice.endpoints) {
    if (!isEndpointReady(endpoint)) continue;
    for (const address of endpoint.addresses) yield [endpoint, address];
  }
}

function hasReadyAddress(slices: readonly EndpointSlice[]): boolean {
  return slices.some((slice) =>
    slice.endpoints.some((e) => isEndpointReady(e) && e.addresses.length > 0),
  );
}

/** Whether a port is the one the name asks for; a name without port labels asks for all. */
function isPort(shape: ObjectName, port: EndpointPort): boolean {
  return (
    (shape.port === "" || (port.name ?? "").toLowerCase() === shape.port) &&
    (shape.protocol === "" || (port.protocol ?? "TCP").toLowerCase() === shape.protocol)
  );
}
