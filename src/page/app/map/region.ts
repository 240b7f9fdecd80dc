import { edgeEnd, edgeKey } from "../../messages.ts";
import type { World, WorldPod, WorldRoute, WorldService } from "../../world.ts";

/** A box of the map. */
export type MapNode =
  | { readonly kind: "route"; readonly id: string; readonly route: WorldRoute }
  | { readonly kind: "service"; readonly id: string; readonly service: WorldService }
  | { readonly kind: "pod"; readonly id: string; readonly pod: WorldPod }
  /** An endpoint that is not a pod of this cluster. */
  | { readonly kind: "address"; readonly id: string; readonly address: string }
  /** Many pods of one Service, in one box. */
  | {
      readonly kind: "pods";
      readonly id: string;
      readonly service: string;
      readonly pods: readonly WorldPod[];
    }
  /** An empty placeholder in the place of a route, so that all Services are in one column. */
  | { readonly kind: "spacer"; readonly id: string };

export interface MapEdge {
  readonly from: string;
  readonly to: string;
  /** The edges whose rates are shown on it: several where pods share a box. */
  readonly rates: readonly string[];
}

/** A namespace with its Services that are shown. */
export interface Region {
  readonly namespace: string;
  readonly services: readonly WorldService[];
}

export interface RegionGraph {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  /** Edges from outside, which begin nowhere. */
  readonly entries: readonly Omit<MapEdge, "from">[];
}

/** Pods of a Service that have a box each, at most. */
const MAX_PODS = 6;

export function regionsOf(services: readonly WorldService[]): Region[] {
  const byNamespace = new Map<string, WorldService[]>();
  for (const service of services) {
    const list = byNamespace.get(service.namespace);
    if (list === undefined) byNamespace.set(service.namespace, [service]);
    else list.push(service);
  }
  const regions = [...byNamespace].map(([namespace, own]) => ({ namespace, services: own }));
  // The API's own Service comes last: it is rarely of interest.
  return regions.sort((a, b) => Number(isApiAlone(a)) - Number(isApiAlone(b)));
}

function isApiAlone({ services }: Region): boolean {
  return services.every(({ id }) => id === "default/kubernetes");
}

/** @param calls edges from pods to Services and routes that were seen. */
export function graphOf(
  { services }: Region,
  world: World,
  calls: ReadonlySet<string>,
): RegionGraph {
  const nodes = new Map<string, MapNode>();
  const edges: MapEdge[] = [];
  /** Which box a pod is in. */
  const boxes = new Map<string, string>();
  for (const service of services) {
    const id = edgeEnd.service(service.id);
    nodes.set(id, { kind: "service", id, service });
    addEndpoints(service, world, nodes, edges, boxes);
  }
  const routes = [...world.routes.values()].filter((route) =>
    route.services.some((id) => nodes.has(edgeEnd.service(id))),
  );
  for (const route of routes) {
    const id = edgeEnd.route(route.id);
    nodes.set(id, { kind: "route", id, route });
    for (const to of route.services.map(edgeEnd.service)) {
      if (nodes.has(to)) edges.push({ from: id, to, rates: [edgeKey(id, to)] });
    }
  }
  for (const call of calls) {
    const [from = "", to = ""] = call.split(">");
    const box = boxes.get(from);
    if (box !== undefined && nodes.has(to)) edges.push({ from: box, to, rates: [call] });
  }
  const entries = [...nodes.values()]
    .filter(({ kind }) => kind === "service" || kind === "route")
    .map(({ id }) => ({ to: id, rates: [edgeKey(edgeEnd.outside, id)] }));
  if (routes.length > 0) addSpacers(nodes, edges);
  return { nodes: [...nodes.values()], edges: joined(edges), entries };
}

function addSpacers(nodes: Map<string, MapNode>, edges: MapEdge[]): void {
  const reached = new Set(edges.map(({ to }) => to));
  for (const { id, kind } of [...nodes.values()]) {
    if (kind !== "service" || reached.has(id)) continue;
    const spacer = `spacer:${id}`;
    nodes.set(spacer, { kind: "spacer", id: spacer });
    edges.push({ from: spacer, to: id, rates: [] });
  }
}

function addEndpoints(
  service: WorldService,
  { pods }: World,
  nodes: Map<string, MapNode>,
  edges: MapEdge[],
  boxes: Map<string, string>,
): void {
  const from = edgeEnd.service(service.id);
  const { endpoints } = service;
  if (endpoints.length > MAX_PODS) {
    const id = `pods:${service.id}`;
    const own = endpoints.flatMap((each) => pods.get(each) ?? []);
    nodes.set(id, { kind: "pods", id, service: service.id, pods: own });
    edges.push({ from, to: id, rates: endpoints.map((each) => edgeKey(from, edgeEnd.pod(each))) });
    for (const pod of own) if (!boxes.has(edgeEnd.pod(pod.id))) boxes.set(edgeEnd.pod(pod.id), id);
    return;
  }
  for (const each of endpoints) {
    const pod = pods.get(each);
    const id = edgeEnd.pod(each);
    nodes.set(id, pod ? { kind: "pod", id, pod } : { kind: "address", id, address: each });
    boxes.set(id, id);
    edges.push({ from, to: id, rates: [edgeKey(from, id)] });
  }
}

/** Edges between the same two boxes are one. */
function joined(edges: readonly MapEdge[]): MapEdge[] {
  const found = new Map<string, MapEdge>();
  for (const edge of edges) {
    const key = edgeKey(edge.from, edge.to);
    const known = found.get(key);
    found.set(key, known ? { ...known, rates: [...known.rates, ...edge.rates] } : edge);
  }
  return [...found.values()];
}
