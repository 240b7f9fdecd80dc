import type { Engine } from "../../engine/engine.ts";
import { fromMap } from "../../labels/selector.ts";
import { isEndpointReady } from "../../objects/endpoint-slice.ts";
import { describeObject } from "../../objects/object-key.ts";
import { clusterIPs, isHeadless, type Service, type ServicePort } from "../../objects/service.ts";
import { slicesOf } from "../../store/slices-of.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { columns, type Section } from "../section.ts";
import { header } from "./object.ts";
import { nearMisses, podLines } from "./selection.ts";

/** A Service: the pods it has, why others are out, its endpoints, its names and who leads to it. */
export function describeService(service: Service, engine: Engine, zone: string): Section[] {
  const { store } = engine;
  const { namespace = "", name } = service.metadata;
  const { selector: map = {}, ports = [], type, externalName } = service.spec;
  const selector = Object.keys(map).length === 0 ? undefined : fromMap(map);
  const pods =
    selector === undefined ? [] : store.list("Pod", { namespace, labelSelector: selector });
  const live = type === "ExternalName" || engine.hasLiveEndpoint(service);
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
    { title: "names", lines: namesOf(service, zone) },
    { title: "used by", lines: [...usersOf(service, store)] },
    { title: "trouble", lines: live ? [] : [engine.whyNone(service)] },
    { title: "next", lines: live ? [] : [`kubelane trace ${name}.${namespace}`] },
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

function namesOf(service: Service, zone: string): string[] {
  const { namespace, name } = service.metadata;
  const base = `${name}.${namespace}.svc.${zone}`;
  if (service.spec.type === "ExternalName") return [`${base} → ${service.spec.externalName}`];
  const address = isHeadless(service) ? "the addresses of its ready pods" : clusterIPs(service)[0];
  const ports = (service.spec.ports ?? []).filter((port) => port.name);
  return [
    `${base} → ${address ?? "nothing yet"}`,
    ...ports.map(
      (port) => `_${port.name}._${(port.protocol ?? "TCP").toLowerCase()}.${base} (SRV)`,
    ),
  ];
}

function* usersOf({ metadata: { namespace = "", name } }: Service, store: StoreReader) {
  for (const ingress of store.list("Ingress.networking.k8s.io", { namespace })) {
    // Backends stand in several places; their form is the same in all.
    if (JSON.stringify(ingress.spec ?? {}).includes(`"service":{"name":"${name}"`))
      yield describeObject(ingress);
  }
  for (const set of store.list("StatefulSet.apps", { namespace })) {
    if (set.spec.serviceName === name) yield describeObject(set);
  }
}
