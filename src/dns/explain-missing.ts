import type { EndpointPort, EndpointSlice } from "../objects/endpoint-slice.ts";
import type { KubernetesObject, StringMap } from "../objects/object.ts";
import type { CatalogEntry } from "./catalog.ts";
import { closestName } from "./closest-name.ts";
import { endpointName } from "./endpoint-name.ts";
import type { ExplainContext } from "./explain.ts";
import type { Finding } from "./finding.ts";
import { readyEndpoints } from "./host-entries.ts";
import type { ObjectName } from "./name-shape.ts";
import { notReadyEndpoints } from "./not-ready.ts";
import type { Resolution } from "./resolution.ts";

/** Why a Service is not there, and which one may have been meant. */
export function missingService(
  { name: asked }: Resolution,
  { namespace, name }: ObjectName,
  { catalog, settings, store }: ExplainContext,
  title: string,
): Finding {
  const hints: string[] = [];
  const here = catalog.entriesOf(namespace);
  const namesake = namesakeOf(namespace, name, here.values(), store);
  if (namesake !== undefined) hints.push(namesake);
  // A workload's name is no mistyped one.
  const close = namesake === undefined ? closestName(name, here.keys()) : undefined;
  if (close !== undefined) hints.push(`did you mean ${close}.${namespace}?`);
  const elsewhere = catalog
    .namespaces(settings.declaredNamespaces)
    .filter((other) => other !== namespace && catalog.entry(other, name)?.service !== undefined);
  if (elsewhere.length > 0) {
    const places = elsewhere.slice(0, 3).map((other) => `${other}/${name}`);
    hints.push(`there is ${places.join(", ")}: ask for ${name}.${elsewhere[0]}`);
  }
  const zone = settings.primaryZone;
  if (asked.toLowerCase().endsWith(`.svc.${zone}${zone}`))
    hints.push("the zone stands there twice");
  const orphan = catalog.entry(namespace, name);
  if (orphan !== undefined && orphan.slices.size > 0) {
    hints.push("there are EndpointSlices for it, but no Service");
  }
  if (hints.length === 0) hints.push(servicesOf(namespace, here.values()));
  return { rule: "service-missing", reason: `there is no ${title}`, hints };
}

/** What people take for a Service by its name: pods, and what makes them. */
const PODS_AND_MAKERS = ["Pod", "Deployment.apps", "StatefulSet.apps", "DaemonSet.apps"];

/** Something else of that name: it has none in DNS, but a Service in front of it may have. */
function namesakeOf(
  namespace: string,
  name: string,
  entries: Iterable<CatalogEntry>,
  store: ExplainContext["store"],
): string | undefined {
  for (const groupKind of PODS_AND_MAKERS) {
    const object: KubernetesObject | undefined = store.get(groupKind, namespace, name);
    if (object === undefined) continue;
    const labels =
      groupKind === "Pod"
        ? object.metadata.labels
        : (object.spec as { template?: { metadata?: { labels?: StringMap } } }).template?.metadata
            ?.labels;
    const kind = groupKind.split(".")[0];
    for (const { service } of entries) {
      const selector = Object.entries(service?.spec.selector ?? {});
      if (selector.length === 0 || !holdsAll(labels, selector)) continue;
      return `${name} is a ${kind}; the Service in front of it is ${service?.metadata.name}.${namespace}`;
    }
    return `${name} is a ${kind}, and no Service selects ${kind === "Pod" ? "it" : "its pods"}: DNS has names of Services`;
  }
  return undefined;
}

function servicesOf(namespace: string, entries: Iterable<CatalogEntry>): string {
  const names = [...entries].flatMap(({ service }) => service?.metadata.name ?? []);
  if (names.length === 0) return `namespace ${namespace} has no Services`;
  const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
  return `namespace ${namespace} has ${names.slice(0, 8).join(", ")}${more}`;
}

function holdsAll(
  labels: StringMap = {},
  selector: readonly (readonly [string, string])[],
): boolean {
  return selector.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** Why a name at or below a Service that exists is missing (D.4). */
export function explainMissing(
  { type }: Resolution,
  shape: ObjectName,
  entry: CatalogEntry,
  slices: readonly EndpointSlice[],
  headless: boolean,
  title: string,
  { settings, store }: ExplainContext,
): Finding {
  const ready = slices.flatMap((slice) =>
    [...readyEndpoints(slice)].map((e) => [slice, ...e] as const),
  );
  if (settings.noEndpoints && (headless || shape.endpoint !== "")) {
    const reason = "records of endpoints are switched off (noEndpoints)";
    return { rule: "endpoint-records-off", reason, hints: [] };
  }
  if (!headless && settings.ignoreEmptyService && ready.length === 0) {
    const reason = `${title} has no ready endpoint, and such Services are hidden (ignoreEmptyService)`;
    return { rule: "service-empty", reason, hints: trouble(slices, entry, store) };
  }
  if (shape.endpoint !== "")
    return missingEndpoint(shape, slices, title, settings.endpointPodNames);
  if (headless && ready.length === 0) {
    const down = notReadyEndpoints(slices, store);
    if (down.count === 0) {
      const reason = `${title} is headless and has no endpoints`;
      return { rule: "headless-without-endpoints", reason, hints: trouble(slices, entry, store) };
    }
    const all = ["", "its endpoint is", "both its endpoints are"][down.count];
    const reason = `${title} is headless and ${all ?? `all ${down.count} of its endpoints are`} not ready (${down.text})`;
    const hints = ["publishNotReadyAddresses would publish them all the same"];
    return { rule: "headless-not-ready", reason, hints };
  }
  const ports = headless
    ? slices.flatMap((slice) => [...(slice.ports ?? [])])
    : (entry.service?.spec.ports ?? entry.serviceImport?.spec.ports ?? []);
  return missingPort(shape, ports, title, type);
}

/** Why a Service has no endpoints at all. */
function trouble(
  slices: readonly EndpointSlice[],
  { service }: CatalogEntry,
  store: ExplainContext["store"],
): string[] {
  const down = notReadyEndpoints(slices, store);
  if (down.count > 0) return [`not ready: ${down.text}`];
  const selector = Object.entries(service?.spec.selector ?? {});
  if (selector.length === 0) return ["it has no selector: write an EndpointSlice for it"];
  const text = selector.map(([key, value]) => `${key}=${value}`).join(",");
  const namespace = service?.metadata.namespace ?? "";
  const matching = store
    .list("Pod", { namespace })
    .filter(({ metadata: { labels } }) => holdsAll(labels, selector));
  if (matching.length === 0) return [`no pod has the labels ${text}`];
  const names = matching.slice(0, 3).map(({ metadata }) => metadata.name);
  return [`of the pods with ${text} (${names.join(", ")}) none has an address`];
}

function missingEndpoint(
  shape: ObjectName,
  slices: readonly EndpointSlice[],
  title: string,
  podNames: boolean,
): Finding {
  const names = new Set<string>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints) {
      for (const address of endpoint.addresses) {
        const name = endpointName(address, endpoint, podNames).toLowerCase();
        const dashed = endpointName(address, { ...endpoint, hostname: "" }, false).toLowerCase();
        if (name === shape.endpoint) {
          const reason = `endpoint ${name} of ${title} is not ready`;
          return { rule: "endpoint-not-ready", reason, hints: [] };
        }
        if (dashed === shape.endpoint) {
          const reason = `the endpoint at ${address} of ${title} is called ${name}`;
          return { rule: "endpoint-missing", reason, hints: [`ask for ${name}`] };
        }
        names.add(name);
      }
    }
  }
  const protocol = /^_(?:tcp|udp|sctp)$/.test(shape.endpoint);
  const quirk = "CoreDNS says NXDOMAIN although names below exist (RFC 8020 asks for NODATA)";
  if (protocol) {
    const reason = `${shape.endpoint} alone names no port of ${title}`;
    return {
      rule: "endpoint-missing",
      reason,
      hints: [`ask for _<port>.${shape.endpoint}`],
      quirk,
    };
  }
  const close = closestName(shape.endpoint, names);
  const known = [...names].slice(0, 5).join(", ");
  return {
    rule: "endpoint-missing",
    reason: `${title} has no endpoint called ${shape.endpoint}`,
    hints: [
      ...(close === undefined ? [] : [`did you mean ${close}?`]),
      known === "" ? "it has no endpoints" : `endpoints are ${known}`,
    ],
  };
}

function missingPort(
  { port, protocol }: ObjectName,
  ports: readonly EndpointPort[],
  title: string,
  type: string,
): Finding {
  const names = [...new Set(ports.map((p) => p.name ?? "").filter((name) => name !== ""))];
  const same = ports.filter((p) => (p.name ?? "").toLowerCase() === port);
  const list = names.length === 0 ? "it has no named ports" : `ports are ${names.join(", ")}`;
  if (same.length > 0) {
    const actual = same.map((p) => p.protocol ?? "TCP").join(" and ");
    const reason = `port ${port} of ${title} is ${actual}, not ${protocol.toUpperCase()}`;
    const right = `_${port}._${actual.toLowerCase()}`;
    return { rule: "port-missing", reason, hints: same.length === 1 ? [`ask for ${right}`] : [] };
  }
  const close = closestName(port, names);
  return {
    rule: "port-missing",
    reason: `port ${port || type} not found in ${title}; ${list}`,
    hints: close === undefined ? [] : [`did you mean _${close}._${protocol}?`],
  };
}
