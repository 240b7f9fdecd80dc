import type { Engine } from "../../engine/engine.ts";
import { fromMap } from "../../labels/selector.ts";
import { isEndpointReady } from "../../objects/endpoint-slice.ts";
import { describeObject } from "../../objects/object-key.ts";
import { isHeadless, type Service, type ServicePort } from "../../objects/service.ts";
import { slicesOf } from "../../store/slices-of.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { isRoute } from "../../view/route.ts";
import { columns, type Section } from "../section.ts";
import { header } from "./object.ts";
import { nearMisses, podLines } from "./selection.ts";

/** Describes a Service: its pods, why others are left out, its endpoints, its names and what leads to it. */
export function describeService(service: Service, engine: Engine, zone: string): Section[] {
  const { store } = engine;
  const { namespace = "", name } = service.metadata;
  const { selector: map = {}, ports = [], externalName } = service.spec;
  const selector = Object.keys(map).length === 0 ? undefined : fromMap(map);
  const pods =
    selector === undefined ? [] : store.list("Pod", { namespace, labelSelector: selector });
  const trouble = troubleOf(service, engine, zone);
  return [
    header(service, [
      ["selector", selector === undefined ? "none" : String(selector)],
      ["alias of", externalName],
    ]),
    { title: "ports", lines: columns(ports.map(portRow)) },
    { title: `pods (${pods.length})`, lines: podLines(pods) },
    {
      title: "near misses",
      lines:
        selector === undefined || pods.length > 0 ? [] : nearMisses(selector, namespace, store),
    },
    { title: "endpoints", lines: endpointLines(service, store) },
    { title: "names", lines: namesOf(service, engine, zone) },
    { title: "used by", lines: [...usersOf(service, store)] },
    { title: "trouble", lines: trouble },
    { title: "next", lines: trouble.length === 0 ? [] : [`kubelane trace ${name}.${namespace}`] },
  ];
}

function portRow({ name = "", port, protocol = "TCP", targetPort = port, nodePort }: ServicePort) {
  return [
    name || "-",
    `${port}/${protocol}`,
    `→ ${targetPort}`,
    nodePort ? `node port ${nodePort}` : "",
  ];
}

function endpointLines(service: Service, store: StoreReader): string[] {
  return columns(
    slicesOf(service, store).flatMap(({ endpoints, ports }) =>
      endpoints.map((endpoint) => [
        isEndpointReady(endpoint) ? "✓" : "✗",
        endpoint.addresses.join(","),
        (ports ?? []).map(({ name, port }) => (name ? `${name} ${port}` : `${port}`)).join(", "),
        endpoint.targetRef?.name ?? "",
      ]),
    ),
  );
}

/** The Service's name in full, without the final dot. */
function nameOf({ metadata: { namespace, name } }: Service, zone: string): string {
  return `${name}.${namespace}.svc.${zone}`;
}

/** Its names in DNS, and the addresses behind them. */
function namesOf(service: Service, { dns }: Engine, zone: string): string[] {
  const base = nameOf(service, zone);
  const { entries = [] } = dns.find(base);
  const hosts = [...new Set(entries.map(({ host }) => host))].join(", ");
  const what = isHeadless(service) && hosts !== "" ? "the addresses of its ready pods" : hosts;
  const ports = (service.spec.ports ?? [])
    .map((port) => `_${port.name}._${(port.protocol ?? "TCP").toLowerCase()}.${base}`)
    .filter((name) => dns.resolve(name, "SRV").answers.length > 0);
  return [`${base} → ${what || "nothing yet"}`, ...ports.map((name) => `${name} (SRV)`)];
}

/** Why its name and ports lead to no endpoint, by the rules for connections; each reason once. */
function troubleOf(service: Service, engine: Engine, zone: string): string[] {
  const base = nameOf(service, zone);
  const { ports = [] } = service.spec;
  if (ports.length === 0) {
    const alias = engine.view.find(base, undefined);
    if (!isRoute(alias) && alias.rule === "dead-alias") return [alias.reason];
    return engine.dns.find(base).entries?.length ? [] : [engine.dns.explain(base).reason];
  }
  const reasons = ports.map(({ port, protocol = "TCP" }) => {
    const found = engine.view.find(base, port, { protocol });
    if (!isRoute(found)) return found.rule === "external-name" ? undefined : found.reason;
    const client = { address: "127.0.0.1", fromThisNode: true, ...found.only };
    const picked = engine.balancer.pick(found.port, client);
    return picked.outcome === "endpoint" ? undefined : picked.reason;
  });
  return [...new Set(reasons)].filter((reason) => reason !== undefined);
}

function* usersOf({ metadata: { namespace = "", name } }: Service, store: StoreReader) {
  for (const ingress of store.list("Ingress.networking.k8s.io", { namespace })) {
    // Routes have backends in several fields; all have the same form.
    if (JSON.stringify(ingress.spec ?? {}).includes(`"service":{"name":"${name}"`))
      yield describeObject(ingress);
  }
  for (const set of store.list("StatefulSet.apps", { namespace })) {
    if (set.spec.serviceName === name) yield describeObject(set);
  }
}
