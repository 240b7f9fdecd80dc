import { whyNone } from "../controllers/why-none.ts";
import { nearestName } from "../diagnostics/nearest-name.ts";
import { endpointName } from "../objects/endpoint-name.ts";
import type { DeclaredPort } from "../objects/endpoint-slice.ts";
import type { ExplainContext } from "./explain-context.ts";
import { explainExternalName } from "./explain-external-name.ts";
import type { Finding } from "./finding.ts";
import { hasReadyAddress, slicesOf } from "./host-entries.ts";
import { notReadyEndpoints } from "./not-ready.ts";
import type { NamedEndpoint, ServiceReason, ServiceSubject } from "./reason.ts";
import type { Resolution } from "./resolution.ts";

const PORT_QUIRK = {
  A: "CoreDNS answers addresses at SRV names too; the specification has only SRV there",
  bare: "CoreDNS takes port and protocol without underscores; the specification asks for them",
  unnamed: "CoreDNS lists unnamed ports in SRV at the Service's name; the specification has none",
};

/** Puts into words what decided the answer for a Service's name or a name below it (D.4). */
export function explainService(
  resolution: Resolution,
  decided: ServiceReason,
  context: ExplainContext,
): Finding {
  const { of } = decided;
  const { shape } = of;
  const title = `${of.imported ? "ServiceImport" : "Service"} ${shape.namespace}/${shape.name}`;
  const { type } = resolution;
  if (of.alias !== undefined) return explainExternalName(resolution, decided, of.alias, title);
  switch (decided.rule) {
    case "answer":
      return explainAnswer(resolution, of, title);
    case "zone-name-not-headless": {
      const reason = `${title} is not headless, and names of a topology zone are for headless ones`;
      return { reason, hints: [] };
    }
    case "endpoint-records-off":
      return { reason: "records of endpoints are switched off (noEndpoints)", hints: [] };
    case "service-empty": {
      const reason = `${title} has no ready endpoint, and such Services are hidden (ignoreEmptyService)`;
      return { reason, hints: trouble(of, context) };
    }
    case "headless-without-endpoints": {
      const reason = `${title} is headless and has no endpoints`;
      return { reason, hints: trouble(of, context) };
    }
    case "headless-not-ready": {
      const down = notReadyEndpoints(decided.notReady, shape.namespace, context.store);
      const all = ["", "its endpoint is", "both its endpoints are"][down.count];
      const reason = `${title} is headless and ${all ?? `all ${down.count} of its endpoints are`} not ready (${down.text})`;
      return { reason, hints: ["publishNotReadyAddresses would publish them all the same"] };
    }
    case "endpoint-not-ready":
      return { reason: `endpoint ${shape.endpoint} of ${title} is not ready`, hints: [] };
    case "endpoint-missing":
      return missingEndpoint(shape.endpoint, decided.others, title);
    case "port-missing":
      return missingPort(of, decided.ports, title, type);
    case "zone-without-endpoints": {
      const zones = [...decided.zones].join(", ");
      const reason = `no ready endpoint of ${title} is in zone ${shape.topologyZone}`;
      return { reason, hints: zones === "" ? [] : [`zones are ${zones}`] };
    }
    case "address-taken":
      return {
        reason: `${title} is at ${decided.address} here, where ${decided.holder} listens`,
        hints: ["end that program, or reach the name through the gateway"],
      };
    case "service-without-address":
      return { reason: `${title} has no ClusterIP yet`, hints: [] };
    case "family-missing": {
      const wanted = type === "A" ? 4 : 6;
      const reason =
        decided.has === wanted
          ? `${title} has no address that can be reached here`
          : `${title} has IPv${decided.has} addresses only`;
      return { reason, hints: [`ask for ${type === "A" ? "AAAA" : "A"}`] };
    }
    default:
      return {
        reason: type === "SRV" ? `${title} declares no ports` : `${title} has no ${type} record`,
        hints: [],
      };
  }
}

function explainAnswer(
  { name, type, answers }: Resolution,
  of: ServiceSubject,
  title: string,
): Finding {
  const { shape, entry, imported, headless } = of;
  const isVirtual = !imported && !headless && shape.endpoint === "";
  const hints =
    isVirtual && !hasReadyAddress(slicesOf(of))
      ? ["it has no ready endpoint: connections will fail"]
      : [];
  const what = isVirtual ? `of ${title}` : `of ready endpoints of ${title}`;
  const reason = `${answers.length} ${type} ${answers.length === 1 ? "record" : "records"} ${what}`;
  const unnamed = entry.service?.spec.ports?.some((port) => (port.name ?? "") === "") ?? false;
  const quirk =
    shape.underscored && type !== "SRV"
      ? PORT_QUIRK.A
      : shape.underscored && !/^_[^.]*\._/.test(name)
        ? PORT_QUIRK.bare
        : type === "SRV" && !shape.underscored && unnamed
          ? PORT_QUIRK.unnamed
          : undefined;
  return { reason, hints, ...(quirk === undefined ? {} : { quirk }) };
}

/** Why a Service has no endpoints. */
function trouble(of: ServiceSubject, { store }: ExplainContext): string[] {
  const { service } = of.entry;
  if (service === undefined) return [];
  const { reason, remedy } = whyNone(service, slicesOf(of), store);
  return remedy === undefined ? [reason] : [reason, remedy];
}

function missingEndpoint(asked: string, others: readonly NamedEndpoint[], title: string): Finding {
  for (const { name, address, endpoint } of others) {
    const dashed = endpointName(address, { ...endpoint, hostname: "" }, false).toLowerCase();
    if (dashed !== asked) continue;
    const reason = `the endpoint at ${address} of ${title} is called ${name}`;
    return { reason, hints: [`ask for ${name}`] };
  }
  if (/^_(?:tcp|udp|sctp)$/.test(asked)) {
    return {
      reason: `${asked} alone names no port of ${title}`,
      hints: [`ask for _<port>.${asked}`],
      quirk: "CoreDNS says NXDOMAIN although names below exist (RFC 8020 asks for NODATA)",
    };
  }
  const names = new Set(others.map(({ name }) => name));
  const close = nearestName(asked, names);
  const known = [...names].slice(0, 5).join(", ");
  return {
    reason: `${title} has no endpoint called ${asked}`,
    hints: [
      ...(close === undefined ? [] : [`did you mean ${close}?`]),
      known === "" ? "it has no endpoints" : `endpoints are ${known}`,
    ],
  };
}

function missingPort(
  { shape: { port, protocol }, entry: { service } }: ServiceSubject,
  ports: readonly DeclaredPort[],
  title: string,
  type: string,
): Finding {
  const names = [...new Set(ports.map((p) => p.name ?? "").filter((name) => name !== ""))];
  const same = ports.filter((p) => (p.name ?? "").toLowerCase() === port);
  if (same.length > 0) {
    const actual = same.map((p) => p.protocol ?? "TCP").join(" and ");
    const reason = `port ${port} of ${title} is ${actual}, not ${protocol.toUpperCase()}`;
    const right = `_${port}._${actual.toLowerCase()}`;
    return { reason, hints: same.length === 1 ? [`ask for ${right}`] : [] };
  }
  const list = names.length === 0 ? "it has no named ports" : `ports are ${names.join(", ")}`;
  if (service?.spec.ports?.some((each) => each.name?.toLowerCase() === port)) {
    const reason = `${title} names the port ${port}, but its EndpointSlices don't; there ${list}`;
    return { reason, hints: [`name the port ${port} there too`] };
  }
  const close = nearestName(port, names);
  return {
    reason: `port ${port || type} not found in ${title}; ${list}`,
    hints: close === undefined ? [] : [`did you mean _${close}._${protocol}?`],
  };
}
