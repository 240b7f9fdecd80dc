import type { Engine } from "../engine/engine.ts";
import { frontService } from "../engine/front-page.ts";
import { fromMap } from "../labels/selector.ts";
import { type EndpointSlice, podOfEndpoint } from "../objects/endpoint-slice.ts";
import { qualifiedName } from "../objects/object-key.ts";
import { type Pod, podIPs } from "../objects/pod.ts";
import { podStage, podState } from "../objects/pod-state.ts";
import { hasOwnProxy, type Service } from "../objects/service.ts";
import { isStub } from "../objects/stub.ts";
import { formatHost } from "../routes/host-pattern.ts";
import { describeSource } from "../routes/route-rule.ts";
import { slicesOf } from "../store/slices-of.ts";
import type { PodHome, WorldPod, WorldRoute, WorldService } from "./world.ts";

/** Endpoints of one Service that are sent: of more, a page shows only the number. */
const MAX_ENDPOINTS = 500;

export const idOf = (namespace: string | undefined, name: string) => qualifiedName(namespace, name);

/** @param gateway its port. @returns undefined for a Service that the gateway does not serve. */
export function worldService(
  engine: Engine,
  service: Service,
  gateway: number,
): WorldService | undefined {
  if (hasOwnProxy(service)) return undefined;
  const { metadata, spec } = service;
  const slices = slicesOf(service, engine.store);
  const { namespace, name, url, address, ready, endpoints, problem } = frontService(
    service,
    slices,
    engine.view,
    gateway,
  );
  const { selector = {}, type = "ClusterIP" } = spec;
  return {
    id: idOf(namespace, name),
    namespace,
    name,
    labels: metadata.labels ?? {},
    ...(Object.keys(selector).length > 0 && { selector: String(fromMap(selector)) }),
    type: spec.clusterIP === "None" ? "headless" : type,
    address,
    ...(url !== undefined && { url }),
    ready,
    total: endpoints,
    ...(problem !== undefined && { problem }),
    endpoints: endpointIds(slices, namespace),
  };
}

function endpointIds(slices: readonly EndpointSlice[], namespace: string): string[] {
  const ids = new Set<string>();
  for (const { endpoints } of slices) {
    for (const endpoint of endpoints) {
      if (ids.size === MAX_ENDPOINTS) return [...ids];
      const pod = podOfEndpoint(endpoint, namespace);
      ids.add(pod ? idOf(pod.namespace, pod.name) : (endpoint.addresses[0] ?? ""));
    }
  }
  return [...ids];
}

export function worldPod(engine: Engine, pod: Pod): WorldPod {
  const { namespace = "", name, labels = {} } = pod.metadata;
  const stage = podStage(pod);
  const [address] = podIPs(pod);
  const restarts = (pod.status?.containerStatuses ?? []).reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  );
  return {
    id: idOf(namespace, name),
    namespace,
    name,
    labels,
    stage,
    ...(stage !== "ready" && { why: podState(pod) }),
    restarts,
    home: homeOf(engine, pod),
    ...(address !== undefined && { address }),
  };
}

function homeOf(engine: Engine, pod: Pod): PodHome {
  if (isStub(pod)) return "stub";
  if (engine.attachesPod(pod)) return "attached";
  if (engine.runsPod(pod)) return "process";
  return engine.isFromCluster(pod) ? "remote" : "elsewhere";
}

/** Every current HTTP and gRPC route, with the Services that it leads to. */
export function worldRoutes(engine: Engine): WorldRoute[] {
  const found = new Map<string, { hosts: Set<string>; services: Set<string>; route: WorldRoute }>();
  for (const { rule, host } of engine.routes.current.everything.entries()) {
    const {
      object: { kind },
      namespace,
      name,
    } = rule.source;
    const id = describeSource(rule.source);
    const known = found.get(id) ?? {
      hosts: new Set(),
      services: new Set(),
      route: { id, kind, namespace, name, hosts: [], services: [] },
    };
    found.set(id, known);
    known.hosts.add(formatHost(host));
    for (const backend of rule.backends)
      known.services.add(idOf(backend.namespace, backend.service));
    const problem = rule.problem ?? rule.backends.find((each) => each.problem)?.problem;
    if (problem !== undefined) known.route = { ...known.route, problem };
  }
  return [...found.values()].map(({ hosts, services, route }) => {
    return { ...route, hosts: [...hosts], services: [...services] };
  });
}
