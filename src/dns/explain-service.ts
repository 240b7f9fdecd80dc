import type { EndpointSlice } from "../objects/endpoint-slice.ts";
import { clusterIPs, isHeadless, type Service } from "../objects/service.ts";
import type { CatalogEntry } from "./catalog.ts";
import type { ExplainContext } from "./explain.ts";
import { explainExternalName } from "./explain-external-name.ts";
import { explainMissing, missingService } from "./explain-missing.ts";
import type { Finding } from "./finding.ts";
import { readyEndpoints } from "./host-entries.ts";
import type { ObjectName } from "./name-shape.ts";
import type { Resolution } from "./resolution.ts";
import { addressFamily } from "./wire/address.ts";

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
