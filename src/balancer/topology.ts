import type { Backend } from "./backend.ts";

export interface NodePlace {
  /** The emulated node's name; absent: every endpoint counts as local. */
  readonly node?: string | undefined;
  /** Its zone. */
  readonly zone?: string | undefined;
}

/** Which endpoints are preferred: those of the client's node, of its zone, or none. */
export type TopologyMode = "same-node" | "same-zone" | "none";

/**
 * What the hints ask for (P.6). Only ready endpoints count, and one of them without a hint switches the mode
 * off: hints that cover part of the endpoints would overload the rest.
 */
export function topologyMode(backends: readonly Backend[], place: NodePlace): TopologyMode {
  const ready = backends.filter((backend) => backend.ready);
  if (ready.length === 0) return "none";
  if (allHinted(ready, nodeHints) && ready.some((b) => nodeHints(b).includes(place.node ?? "")))
    return "same-node";
  if (allHinted(ready, zoneHints) && ready.some((b) => zoneHints(b).includes(place.zone ?? "")))
    return "same-zone";
  return "none";
}

export function matchesTopology(backend: Backend, mode: TopologyMode, place: NodePlace): boolean {
  switch (mode) {
    case "same-node":
      return nodeHints(backend).includes(place.node ?? "");
    case "same-zone":
      return zoneHints(backend).includes(place.zone ?? "");
    case "none":
      return true;
  }
}

function allHinted(backends: readonly Backend[], hints: (b: Backend) => readonly string[]) {
  return backends.every((backend) => hints(backend).length > 0);
}

function nodeHints(backend: Backend): readonly string[] {
  return backend.endpoint.hints?.forNodes?.map((node) => node.name) ?? [];
}

function zoneHints(backend: Backend): readonly string[] {
  return backend.endpoint.hints?.forZones?.map((zone) => zone.name) ?? [];
}
