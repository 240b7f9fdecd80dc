import { isHeadless, type Service } from "../objects/service.ts";
import type { Backend } from "./backend.ts";
import { matchesTopology, type NodePlace, type TopologyMode, topologyMode } from "./topology.ts";

/** The endpoints a new connection may go to, and why these; empty when there are none. */
export interface EndpointSet {
  readonly backends: readonly Backend[];
  /** `3 ready endpoints`, `1 ready endpoint in zone a`, `2 terminating endpoints that still serve`. */
  readonly description: string;
}

/** The immutable state of one service port, replaced as a whole on every change (P.10). */
export interface EndpointTable {
  /** Every endpoint of the slices, usable or not. */
  readonly all: readonly Backend[];
  /** Every ready one: what DNS answers with. */
  readonly ready: EndpointSet;
  /** For traffic under policy Cluster. */
  readonly cluster: EndpointSet;
  /** For traffic under policy Local. */
  readonly local: EndpointSet;
  readonly topology: TopologyMode;
}

export const EMPTY_SET: EndpointSet = { backends: [], description: "no endpoint" };
export const EMPTY_TABLE: EndpointTable = {
  all: [],
  ready: EMPTY_SET,
  cluster: EMPTY_SET,
  local: EMPTY_SET,
  topology: "none",
};

/**
 * Which endpoints are used (P.3): the ready ones, and where there are none the ones that are terminating but
 * still serve. The fallback is decided for the cluster-wide and the local set independently; hints narrow
 * only the ready ones of the cluster-wide set.
 */
export function endpointTable(backends: readonly Backend[], place: NodePlace): EndpointTable {
  const topology = topologyMode(backends, place);
  const ready = backends.filter((backend) => backend.ready);
  return {
    all: backends,
    ready: { backends: ready, description: count(ready.length, "ready") },
    cluster: endpointSet(
      backends,
      (backend) => matchesTopology(backend, topology, place),
      describeMode(topology, place),
      () => true,
      "",
    ),
    local: endpointSet(
      backends,
      (backend) => backend.local,
      describeLocal(place),
      (backend) => backend.local,
      describeLocal(place),
    ),
    topology,
  };
}

/**
 * By which address a connection came: ClusterIP (internal), NodePort or external IP, or a load balancer's
 * address, which obeys the external policy and source ranges as well (P.7). A headless Service has no
 * policies, nor has the name of one endpoint: who asks for them gets ready addresses, as from DNS.
 */
export type Traffic = "internal" | "external" | "load-balancer";

export type Verdict =
  | { readonly outcome: "use"; readonly set: EndpointSet }
  /** A cluster answers with a refusal: no endpoint anywhere. */
  | { readonly outcome: "reject" }
  /** A cluster stays silent: there are endpoints, but policy Local and none of them on this node. */
  | { readonly outcome: "drop"; readonly elsewhere: number };

/**
 * The outcome for a new connection (P.3).
 * @param fromThisNode whether the client runs on the node itself: under external policy Local such clients
 *   reach the endpoints of other nodes as well.
 */
export function verdict(
  table: EndpointTable,
  service: Service,
  traffic: Traffic,
  fromThisNode: boolean,
  byEndpointName = false,
): Verdict {
  const { cluster, local, ready } = table;
  if (byEndpointName || isHeadless(service)) {
    return ready.backends.length === 0 ? { outcome: "reject" } : { outcome: "use", set: ready };
  }
  const policy =
    traffic === "internal"
      ? service.spec.internalTrafficPolicy
      : service.spec.externalTrafficPolicy;
  if (policy !== "Local") {
    return cluster.backends.length === 0 ? { outcome: "reject" } : { outcome: "use", set: cluster };
  }
  if (local.backends.length > 0) return { outcome: "use", set: local };
  if (cluster.backends.length === 0) return { outcome: "reject" };
  if (traffic !== "internal" && fromThisNode) return { outcome: "use", set: cluster };
  return { outcome: "drop", elsewhere: cluster.backends.length };
}

function endpointSet(
  backends: readonly Backend[],
  allowed: (backend: Backend) => boolean,
  where: string,
  allowedTerminating: (backend: Backend) => boolean,
  whereTerminating: string,
): EndpointSet {
  const ready = backends.filter((backend) => backend.ready && allowed(backend));
  if (ready.length > 0) {
    return { backends: ready, description: `${count(ready.length, "ready")}${where}` };
  }
  const terminating = backends.filter(
    (backend) => backend.serving && backend.terminating && allowedTerminating(backend),
  );
  if (terminating.length === 0) return EMPTY_SET;
  const description = `${count(terminating.length, "terminating")} still serving${whereTerminating}`;
  return { backends: terminating, description };
}

function count(n: number, adjective: string): string {
  return `${n} ${adjective} endpoint${n === 1 ? "" : "s"}`;
}

function describeMode(mode: TopologyMode, place: NodePlace): string {
  switch (mode) {
    case "same-node":
      return ` hinted for node ${place.node}`;
    case "same-zone":
      return ` hinted for zone ${place.zone}`;
    case "none":
      return "";
  }
}

function describeLocal(place: NodePlace): string {
  return place.node === undefined ? "" : ` on node ${place.node}`;
}
