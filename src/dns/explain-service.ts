import type { EndpointPort, EndpointSlice } from "../objects/endpoint-slice.ts";
import { clusterIPs, isHeadless, type Service } from "../objects/service.ts";
import type { CatalogEntry } from "./catalog.ts";
import { closestName } from "./closest-name.ts";
import { endpointName } from "./endpoint-name.ts";
import type { ExplainContext } from "./explain.ts";
import type { Rule } from "./explanation.ts";
import { readyEndpoints } from "./host-entries.ts";
import type { ObjectName } from "./name-shape.ts";
import { notReadyEndpoints } from "./not-ready.ts";
import type { Resolution } from "./resolution.ts";
import { addressFamily } from "./wire/address.ts";

export interface Finding {
  readonly rule: Rule;
  readonly reason: string;
  readonly hints: readonly string[];
  readonly quirk?: string;
}

const PORT_QUIRK = {
  A: "CoreDNS answers addresses at SRV names too; the specification has only SRV there",
  bare: "CoreDNS takes port and protocol without underscores; the specification asks for them",
  unnamed: "CoreDNS lists unnamed ports in SRV at the Service's name; the specification has none",
};

/** What decided the answer at a Service's name or below it (D.4). */
export function explainService(
  resolution: Resolution,
  shape: ObjectName,
  context: ExplainContext,
  multicluster: boolean,
): Finding {
  const { namespace, name } = shape;
  const entry = context.catalog.entry(namespace, name);
  const title = `${multicluster ? "ServiceImport" : "Service"} ${namespace}/${name}`;
  const object = multicluster ? entry?.serviceImport : entry?.service;
  if (entry === undefined || object === undefined) {
    return missingService(resolution, shape, context, title);
  }
  if (!multicluster && entry.service?.spec.type === "ExternalName") {
    return explainExternalName(resolution, shape, entry.service, title);
  }
  const headless = multicluster
    ? entry.serviceImport?.spec.type === "Headless"
    : isHeadless(entry.service as Service);
  const slices = [...(multicluster ? entry.importedSlices : entry.slices).values()];
  if (shape.topologyZone !== "" && !headless) {
    const reason = `${title} is not headless, and names of a topology zone are for headless ones`;
    return { rule: "zone-name-not-headless", reason, hints: [] };
  }
  if (resolution.rcode === "NXDOMAIN") {
    return explainMissing(resolution, shape, entry, slices, headless, title, context);
  }
  if (resolution.answers.length > 0) return explainAnswer(resolution, shape, entry, slices, title);
  return explainNoData(resolution, shape, entry, slices, headless, title);
}

function missingService(
  { name: asked }: Resolution,
  { namespace, name }: ObjectName,
  { catalog, settings }: ExplainContext,
  title: string,
): Finding {
  const hints: string[] = [];
  const close = closestName(name, catalog.entriesOf(namespace).keys());
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
  return { rule: "service-missing", reason: `there is no ${title}`, hints };
}

function explainExternalName(
  { rcode, answers, type }: Resolution,
  shape: ObjectName,
  service: Service,
  title: string,
): Finding {
  const target = service.spec.externalName ?? "";
  if (shape.endpoint !== "" || shape.port !== "" || shape.protocol !== "") {
    const reason = `${title} is an ExternalName, and there are no names below it`;
    return { rule: "external-name-below", reason, hints: [`ask ${target} itself`] };
  }
  if (rcode === "NXDOMAIN") {
    const reason = `${title} is an ExternalName for ${target || "nothing"}, which is no name`;
    const hints = ["use a Service without selector and an EndpointSlice with that address"];
    const quirk = "CoreDNS answers an ExternalName that is an address with NXDOMAIN";
    return { rule: "external-name-is-address", reason, hints, quirk };
  }
  if (answers.length > 0) {
    const alone = type !== "CNAME" && answers.every((record) => record.type === "CNAME");
    const reason = `${title} is an ExternalName for ${target}`;
    const hints = alone ? [`${target} itself gave no ${type} record`] : [];
    return { rule: "answer", reason, hints };
  }
  if (type === "A" || type === "AAAA") {
    return {
      rule: "external-name-target",
      reason: `${title} is an ExternalName for ${target}, which has no ${type} record or leads back here`,
      hints: [`resolve ${target} to see why`],
      quirk: "CoreDNS drops a CNAME whose target in the same zone gives nothing",
    };
  }
  return {
    rule: "type-missing",
    reason: `${title} is an ExternalName for ${target}, and ${type} is not looked up there`,
    hints: [],
    quirk: "CoreDNS shows the CNAME for A, AAAA and CNAME only",
  };
}

function explainMissing(
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
    .filter(({ metadata: { labels = {} } }) =>
      selector.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value),
    );
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

function explainAnswer(
  { name, type, answers }: Resolution,
  shape: ObjectName,
  entry: CatalogEntry,
  slices: readonly EndpointSlice[],
  title: string,
): Finding {
  const { service } = entry;
  const hints: string[] = [];
  const ready = slices.reduce((sum, slice) => sum + [...readyEndpoints(slice)].length, 0);
  const isVirtual = service !== undefined && !isHeadless(service) && shape.endpoint === "";
  if (isVirtual && ready === 0) hints.push("it has no ready endpoint: connections will fail");
  const what = isVirtual ? `of ${title}` : `of ready endpoints of ${title}`;
  const reason = `${answers.length} ${type} ${answers.length === 1 ? "record" : "records"} ${what}`;
  const quirk = answerQuirk(name, type, shape, service);
  return { rule: "answer", reason, hints, ...(quirk === undefined ? {} : { quirk }) };
}

function answerQuirk(
  name: string,
  type: string,
  shape: ObjectName,
  service: Service | undefined,
): string | undefined {
  if (shape.underscored && type !== "SRV") return PORT_QUIRK.A;
  if (shape.underscored && !/^_[^.]*\._/.test(name)) return PORT_QUIRK.bare;
  const unnamed = service?.spec.ports?.some((port) => (port.name ?? "") === "") ?? false;
  return type === "SRV" && !shape.underscored && unnamed ? PORT_QUIRK.unnamed : undefined;
}

function explainNoData(
  { type }: Resolution,
  shape: ObjectName,
  { service }: CatalogEntry,
  slices: readonly EndpointSlice[],
  headless: boolean,
  title: string,
): Finding {
  if (type !== "A" && type !== "AAAA" && type !== "SRV") {
    return { rule: "type-missing", reason: `${title} has no ${type} record`, hints: [] };
  }
  if (shape.topologyZone !== "") {
    const zones = new Set(slices.flatMap((s) => s.endpoints.map((e) => e.zone ?? "")));
    zones.delete("");
    const reason = `no ready endpoint of ${title} is in zone ${shape.topologyZone}`;
    const hints = zones.size === 0 ? [] : [`zones are ${[...zones].join(", ")}`];
    return { rule: "zone-without-endpoints", reason, hints };
  }
  if (type === "SRV") {
    return { rule: "type-missing", reason: `${title} declares no ports`, hints: [] };
  }
  const addresses = headless
    ? slices.flatMap((slice) => [...readyEndpoints(slice)].map(([, address]) => address))
    : service === undefined
      ? []
      : clusterIPs(service);
  if (addresses.length === 0) {
    const reason = `${title} has no ClusterIP yet`;
    return { rule: "service-without-address", reason, hints: [] };
  }
  const have = addresses.some((address) => addressFamily(address) === 4) ? "IPv4" : "IPv6";
  const wanted = type === "A" ? "IPv4" : "IPv6";
  const reason =
    have === wanted
      ? `${title} has no address that can be reached here`
      : `${title} has ${have} addresses only`;
  return { rule: "family-missing", reason, hints: [`ask for ${type === "A" ? "AAAA" : "A"}`] };
}
