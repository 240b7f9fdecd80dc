import { nearestName } from "../diagnostics/nearest-name.ts";
import { missingApiServer } from "./explain-api-server.ts";
import type { ExplainContext } from "./explain-context.ts";
import { missingService } from "./explain-missing.ts";
import { explainService } from "./explain-service.ts";
import type { Explanation } from "./explanation.ts";
import type { Finding } from "./finding.ts";
import type { Settings } from "./options.ts";
import type { Reason, Rule } from "./reason.ts";
import { isOfService } from "./reason.ts";
import type { Resolution } from "./resolution.ts";
import { reverseAddress } from "./reverse.ts";
import { splitName } from "./wire/name.ts";
import { isWithin, zoneOf } from "./zones.ts";

/** RFC 8914: Other, Not Ready, Prohibited, Filtered, Not Authoritative, No Reachable Authority. */
const OTHER = 0;
const INFO_CODES: Partial<Record<Rule, number>> = {
  "not-synced": 14,
  "namespace-hidden": 17,
  "type-refused": 18,
  "outside-zones": 20,
  "upstream-failed": 22,
};

/** Puts into words which rule decided the answer (D.2 to D.10), and what to do about it. */
export function explain(
  resolution: Resolution,
  decided: Reason,
  context: ExplainContext,
): Explanation {
  const { name, rcode, answers } = resolution;
  const { rule } = decided;
  // For names of the API server this explains more than any rule: there is none running.
  const apiServer = rcode === "NOERROR" ? undefined : missingApiServer(name.toLowerCase(), context);
  const { reason, hints, quirk } = apiServer ?? find(resolution, decided, context);
  const search = answers.length === 0 ? searchListHint(resolution, context) : [];
  const departure = quirk ?? quirkOf(resolution, context.settings);
  return {
    resolution,
    rule,
    reason,
    hints: [...hints, ...search],
    ...(departure === undefined ? {} : { quirk: departure }),
    infoCode: INFO_CODES[rule] ?? OTHER,
  };
}

function find(resolution: Resolution, decided: Reason, context: ExplainContext): Finding {
  const { name, type } = resolution;
  const { settings } = context;
  if (isOfService(decided)) return explainService(resolution, decided, context);
  switch (decided.rule) {
    case "answer":
      return { reason: answered(resolution), hints: [] };
    case "outside-zones": {
      const zones = settings.zones.map((zone) => zone.slice(0, -1)).join(", ");
      const asked = settings.upstream.length > 0 || resolution.rcode !== "SERVFAIL";
      const hints = asked ? [] : ["set upstream to have such names asked there"];
      return { reason: `${name} is in none of the zones answered here (${zones})`, hints };
    }
    case "upstream-failed": {
      const upstreams = settings.upstream.join(", ");
      return { reason: `none of the upstreams answered (${upstreams})`, hints: [] };
    }
    case "type-refused":
      return { reason: `zone transfers (${type}) are refused`, hints: [] };
    case "not-synced":
      return {
        reason: "the objects of the cluster have not all been read yet",
        hints: ["ask again"],
      };
    case "empty-name":
      return emptyName(resolution, settings);
    case "unknown-tree":
      return unknownTree(resolution, decided.labels, settings);
    case "too-many-labels": {
      const count = decided.labels.length - 3;
      const reason = `${name} has ${count} labels left of the Service; two (_port._protocol) is the most`;
      return { reason, hints: [] };
    }
    case "namespace-hidden": {
      const shown = [...(settings.namespaces ?? [])].join(", ");
      const reason = `namespace ${decided.namespace} is hidden; only ${shown} can be seen`;
      return { reason, hints: [] };
    }
    case "namespace-missing":
      return missingNamespace(decided.namespace, context);
    case "service-missing":
      return missingService(resolution, decided, context);
    case "pods-disabled":
      return {
        reason: "names of pods by address are switched off (pods: disabled)",
        hints: ["have pods verified or insecure: up --pods insecure, the option pods of createDns"],
      };
    case "pod-name-no-address":
      return {
        reason: `"${decided.label}" is no address with dashes for dots, as in 10-244-1-7`,
        hints: ["pods have no names of their own in DNS but below a headless Service"],
      };
    case "pod-missing": {
      const { address, namespace } = decided;
      const elsewhere = context.catalog.podsWithIP(address)[0]?.metadata;
      const pod = `${elsewhere?.namespace}/${elsewhere?.name}`;
      return {
        reason: `no pod in namespace ${namespace} has the address ${address}`,
        hints: elsewhere === undefined ? [] : [`pod ${pod} has that address`],
      };
    }
    case "address-unknown":
      return {
        reason: `no Service has the ClusterIP ${decided.address} and no ready endpoint has that address`,
        hints: ["pods that are no endpoints, external IPs and load balancer addresses have no PTR"],
      };
    case "address-taken":
      return { reason: `${decided.holder} listens at ${decided.address}`, hints: [] };
    case "family-missing": {
      const { of, has } = decided;
      const what = of?.kind === "pod" ? of.address : name;
      const reason = `${what} is an IPv${has} address, and ${type} was asked for`;
      return { reason, hints: [] };
    }
    case "type-missing":
      return missingType(resolution);
    case "external-name-target":
      return { reason: `${decided.target} gave no ${type} record`, hints: [] };
  }
}

/** `web.shop has 2 A records`. */
function answered({ name, type, answers }: Resolution): string {
  const address = type === "PTR" ? reverseAddress(name.toLowerCase()) : undefined;
  if (address !== undefined) {
    return `${address} is ${answers.map(({ data }) => String(data)).join(", ")}`;
  }
  return `${name} has ${answers.length} ${type} ${answers.length === 1 ? "record" : "records"}`;
}

function missingType({ name, type }: Resolution): Finding {
  const isReverse = reverseAddress(name.toLowerCase()) !== undefined;
  return isReverse
    ? { reason: `${name} can only have PTR records`, hints: ["ask for PTR"] }
    : { reason: `${name} has no ${type} record`, hints: [] };
}

function emptyName({ name, type }: Resolution, settings: Settings): Finding {
  if (type === "NS" && name.toLowerCase() === zoneOf(name.toLowerCase(), settings.zones)) {
    const reason = `NS records of ${name} name the DNS server itself, and this one listens nowhere`;
    return { reason, hints: ["ask the server that runs"] };
  }
  const reason = `${name} exists to hold other names and has no records of its own`;
  return { reason, hints: ["ask for a Service below it, such as web.default.svc.<zone>"] };
}

function unknownTree(
  { name }: Resolution,
  labels: readonly string[],
  { zones }: Settings,
): Finding {
  const tree = labels.at(-1) ?? "";
  const zone = zoneOf(name.toLowerCase(), zones) ?? ".";
  const hints =
    labels.length === 2 ? [`did you mean ${labels[0]}.${tree}.svc.${zone.slice(0, -1)}?`] : [];
  const exists = tree === "dns" || tree === "dns-version";
  return {
    reason: `the label left of the zone is "${tree}"; Services are below svc and pods below pod`,
    hints,
    ...(exists && {
      quirk:
        "CoreDNS says NXDOMAIN although names below it or of another type exist (RFC 8020 asks for NODATA)",
    }),
  };
}

function missingNamespace(namespace: string, { catalog, settings }: ExplainContext): Finding {
  const hints: string[] = [];
  const known = catalog.namespaces(settings.declaredNamespaces);
  const close = nearestName(namespace, known);
  if (close !== undefined) hints.push(`did you mean namespace ${close}?`);
  else if (known.length > 0) hints.push(`namespaces are ${known.slice(0, 8).join(", ")}`);
  if (settings.declaredNamespaces && catalog.hasNamespace(namespace, false)) {
    hints.push(`objects name it, but there is no Namespace object ${namespace}`);
  }
  return { reason: `there is no namespace ${namespace}`, hints };
}

/** The name that was typed in full, as a pod's search list would have completed it. */
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

/** CoreDNS' departures from the specification that depend only on the type and the outcome (D.16). */
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
