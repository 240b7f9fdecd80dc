import { append } from "../objects/append.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { Catalog } from "./catalog.ts";
import { closestName } from "./closest-name.ts";
import { missingApiServer } from "./explain-api-server.ts";
import { explainService } from "./explain-service.ts";
import type { Explanation } from "./explanation.ts";
import type { Finding } from "./finding.ts";
import { shapeOf } from "./name-shape.ts";
import type { Settings } from "./options.ts";
import { podAddress } from "./pod-names.ts";
import type { Resolution } from "./resolution.ts";
import { reverseAddress } from "./reverse.ts";
import { addressFamily } from "./wire/address.ts";
import { splitName } from "./wire/name.ts";
import { isMulticluster } from "./zone-answer.ts";
import { isWithin, zoneOf } from "./zones.ts";

export interface ExplainContext {
  readonly store: StoreReader;
  readonly catalog: Catalog;
  readonly settings: Settings;
  /** For what the search list would have found. */
  readonly resolve: (name: string, type: string) => Resolution;
}

/** RFC 8914: Other, Not Ready, Prohibited, Not Authoritative, Filtered. */
const OTHER = 0;
const NOT_READY = 14;
const FILTERED = 17;
const PROHIBITED = 18;
const NOT_AUTHORITATIVE = 20;

/** Tells which rule gave this answer (D.2 to D.10) and what to do about it. */
export function explain(resolution: Resolution, context: ExplainContext): Explanation {
  const finding = find(resolution, context);
  const hints = [...finding.hints];
  if (resolution.answers.length === 0) append(hints, searchListHint(resolution, context));
  const quirk = finding.quirk ?? quirkOf(resolution, context.settings);
  return {
    resolution,
    rule: finding.rule,
    reason: finding.reason,
    hints,
    ...(quirk === undefined ? {} : { quirk }),
    infoCode: infoCodeOf(finding),
  };
}

function infoCodeOf({ rule }: Finding): number {
  switch (rule) {
    case "not-synced":
      return NOT_READY;
    case "namespace-hidden":
      return FILTERED;
    case "type-refused":
      return PROHIBITED;
    case "outside-zones":
      return NOT_AUTHORITATIVE;
    default:
      return OTHER;
  }
}

function find(resolution: Resolution, context: ExplainContext): Finding {
  const { settings, catalog } = context;
  const lowerName = resolution.name.toLowerCase();
  const zone = zoneOf(lowerName, settings.zones);
  const hints: string[] = [];
  const apiServer =
    resolution.rcode === "NOERROR" ? undefined : missingApiServer(lowerName, context);
  if (apiServer !== undefined) return apiServer;
  if (zone === undefined || !isWithin(lowerName, settings.serverBlock)) {
    const zones = settings.zones.map((name) => name.slice(0, -1)).join(", ");
    const reason = `${resolution.name} is in none of the zones answered here (${zones})`;
    const asked = settings.upstream.length > 0;
    if (!asked && resolution.rcode === "SERVFAIL")
      hints.push("set upstream to have such names asked there");
    return { rule: "outside-zones", reason, hints };
  }
  if (resolution.rcode === "REFUSED") {
    return {
      rule: "type-refused",
      reason: `zone transfers (${resolution.type}) are refused`,
      hints,
    };
  }
  if (resolution.rcode === "SERVFAIL") {
    const reason = "the objects of the cluster have not all been read yet";
    return { rule: "not-synced", reason, hints: ["ask again"] };
  }
  const address = reverseAddress(lowerName);
  if (address !== undefined) return explainReverse(resolution, address);
  const multicluster = isMulticluster(zone, settings);
  const shape = shapeOf(lowerName, zone, { multicluster, zonal: settings.zonal });
  if (shape.kind === "root") return emptyName(resolution, zone);
  if (shape.kind === "invalid") return invalidName(resolution, shape.labels, zone);
  const { namespace } = shape;
  if (settings.namespaces !== undefined && !settings.namespaces.has(namespace)) {
    const shown = [...settings.namespaces].join(", ");
    const reason = `namespace ${namespace} is hidden; only ${shown} can be seen`;
    return { rule: "namespace-hidden", reason, hints };
  }
  if (!catalog.hasNamespace(namespace, settings.declaredNamespaces)) {
    const known = catalog.namespaces(settings.declaredNamespaces);
    const close = closestName(namespace, known);
    if (close !== undefined) hints.push(`did you mean namespace ${close}?`);
    else if (known.length > 0) hints.push(`namespaces are ${known.slice(0, 8).join(", ")}`);
    if (settings.declaredNamespaces && catalog.hasNamespace(namespace, false)) {
      hints.push(`objects name it, but there is no Namespace object ${namespace}`);
    }
    return { rule: "namespace-missing", reason: `there is no namespace ${namespace}`, hints };
  }
  if (shape.tree === "pod") return explainPod(resolution, shape.name, namespace, context);
  if (shape.name === "") return emptyName(resolution);
  return explainService(resolution, shape, context, multicluster);
}

function emptyName(resolution: Resolution, zone?: string): Finding {
  if (resolution.answers.length > 0) return answered(resolution);
  if (resolution.type === "NS" && resolution.name.toLowerCase() === zone) {
    const reason = `NS records of ${resolution.name} name the DNS server itself, and this one listens nowhere`;
    return { rule: "empty-name", reason, hints: ["ask the server that runs"] };
  }
  const reason = `${resolution.name} exists to hold other names and has no records of its own`;
  const hints = ["ask for a Service below it, such as web.default.svc.<zone>"];
  return { rule: "empty-name", reason, hints };
}

function answered({ name, type, answers }: Resolution): Finding {
  const reason = `${name} has ${answers.length} ${type} ${answers.length === 1 ? "record" : "records"}`;
  return { rule: "answer", reason, hints: [] };
}

function invalidName(resolution: Resolution, labels: readonly string[], zone: string): Finding {
  if (resolution.answers.length > 0) return answered(resolution);
  const tree = labels.at(-1) ?? "";
  if (tree === "svc" || tree === "pod") {
    const reason = `${resolution.name} has ${labels.length - 3} labels left of the Service; two (_port._protocol) is the most`;
    return { rule: "too-many-labels", reason, hints: [] };
  }
  const reason = `the label left of the zone is "${tree}"; Services are below svc and pods below pod`;
  const hints =
    labels.length === 2 ? [`did you mean ${labels[0]}.${tree}.svc.${zone.slice(0, -1)}?`] : [];
  const exists = tree === "dns" || tree === "dns-version";
  const quirk = exists
    ? "CoreDNS says NXDOMAIN although names below it or of another type exist (RFC 8020 asks for NODATA)"
    : undefined;
  return { rule: "unknown-tree", reason, hints, ...(quirk === undefined ? {} : { quirk }) };
}

function explainReverse(resolution: Resolution, address: string): Finding {
  if (resolution.answers.length > 0) {
    const names = resolution.answers.map(({ data }) => String(data)).join(", ");
    return { rule: "answer", reason: `${address} is ${names}`, hints: [] };
  }
  if (resolution.type !== "PTR") {
    const reason = `${resolution.name} can only have PTR records`;
    return { rule: "type-missing", reason, hints: [`ask for PTR`] };
  }
  const reason = `no Service has the ClusterIP ${address} and no ready endpoint has that address`;
  return {
    rule: "address-unknown",
    reason,
    hints: ["pods that are no endpoints, external IPs and load balancer addresses have no PTR"],
  };
}

function explainPod(
  resolution: Resolution,
  name: string,
  namespace: string,
  { settings, catalog }: ExplainContext,
): Finding {
  if (resolution.answers.length > 0) return answered(resolution);
  if (settings.pods === "disabled") {
    const reason = "names of pods by address are switched off (pods: disabled)";
    return { rule: "pods-disabled", reason, hints: ["set pods to verified or insecure"] };
  }
  if (name === "") return emptyName(resolution);
  const address = podAddress(name);
  const family = addressFamily(address);
  if (resolution.rcode === "NXDOMAIN" && family === 0) {
    const reason = `"${name}" is no address with dashes for dots, as in 10-244-1-7`;
    const hints = ["pods have no names of their own in DNS but below a headless Service"];
    return { rule: "pod-name-no-address", reason, hints };
  }
  if (resolution.rcode === "NXDOMAIN") {
    const elsewhere = catalog.podsWithIP(address)[0]?.metadata;
    const hints =
      elsewhere === undefined
        ? []
        : [`pod ${elsewhere.namespace}/${elsewhere.name} has that address`];
    return {
      rule: "pod-missing",
      reason: `no pod in namespace ${namespace} has the address ${address}`,
      hints,
    };
  }
  const reason = `${address} is an IPv${family} address, and ${resolution.type} was asked for`;
  return { rule: "family-missing", reason, hints: [] };
}

/** A short name typed in full: what a pod's search list would have made of it. */
function searchListHint(resolution: Resolution, { settings, resolve }: ExplainContext): string[] {
  const zone = settings.primaryZone;
  const labels = splitName(resolution.name);
  if (isWithin(resolution.name.toLowerCase(), zone) || labels.length > 4) return [];
  for (const search of [`default.svc.${zone}`, `svc.${zone}`, zone]) {
    const name = `${labels.join(".")}.${search}`;
    if (resolve(name, resolution.type).answers.length > 0) {
      return [`the search list would have found ${name.slice(0, -1)}`];
    }
  }
  return [];
}

/** Departures that hang on the type and the outcome only (D.16). */
function quirkOf(
  { name, type, rcode, answers }: Resolution,
  settings: Settings,
): string | undefined {
  const zone = zoneOf(name.toLowerCase(), settings.zones);
  if (zone === undefined) return undefined;
  if (type === "SOA" && rcode === "NOERROR" && answers.length === 0) {
    return "CoreDNS answers SOA below the apex with NODATA even for names that do not exist";
  }
  if (type === "TXT" && rcode === "NXDOMAIN") {
    return "CoreDNS answers TXT with NXDOMAIN at names that exist but have no hosts";
  }
  return undefined;
}
