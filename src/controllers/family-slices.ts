import { append } from "../objects/append.ts";
import { type Endpoint, type EndpointPort, isEndpointReady } from "../objects/endpoint-slice.ts";
import type { IPFamily, Service } from "../objects/service.ts";
import type { PortSet } from "./endpoint-ports.ts";
import { type Allocation, type PlacedEndpoint, proportionalHints } from "./proportional-hints.ts";
import { type Slice, SliceGroup } from "./slice-group.ts";
import { isTopologyAware } from "./topology-mode.ts";
import type { ZoneShares } from "./zone-shares.ts";

/** The input for hints of topology-aware Services. */
export interface Topology {
  readonly shares: ZoneShares | undefined;
  /** Called when a Service can't have hints, once until it can again. */
  readonly onRefusal: (service: Service, refusal: string) => void;
}

/** A slice that is in use. */
export interface FullSlice {
  readonly slice: Slice;
  readonly ports: readonly EndpointPort[];
}

/** The slices of one address family: by port set, and an empty one as long as there is no endpoint. */
export class FamilySlices {
  readonly #family: IPFamily;
  readonly #groups = new Map<string, SliceGroup>();
  #placeholder: Slice | undefined;
  /** Whether it was reported that hints are impossible. */
  #refused = false;

  constructor(family: IPFamily) {
    this.#family = family;
  }

  group(portSet: PortSet): SliceGroup {
    let group = this.#groups.get(portSet.key);
    if (group === undefined) {
      group = new SliceGroup(this.#family, portSet);
      this.#groups.set(portSet.key, group);
    }
    return group;
  }

  *slices(): Iterable<Slice> {
    for (const group of this.#groups.values()) yield* group.slices;
    if (this.#placeholder !== undefined) yield this.#placeholder;
  }

  /** Packs every group. @returns the slices in use, and those that no longer are. */
  settle(wanted: boolean): {
    readonly full: readonly FullSlice[];
    readonly empty: Slice[];
  } {
    const empty: Slice[] = [];
    const full: FullSlice[] = [];
    for (const [key, group] of this.#groups) {
      append(empty, group.pack());
      for (const slice of group.slices) full.push({ slice, ports: group.portSet.ports });
      if (group.isEmpty) this.#groups.delete(key);
    }
    if (wanted && full.length === 0) {
      this.#placeholder ??= { places: [], changed: true };
      full.push({ slice: this.#placeholder, ports: [] });
    } else if (this.#placeholder !== undefined) {
      empty.push(this.#placeholder);
      this.#placeholder = undefined;
    }
    return { full, empty: empty.filter(({ name }) => name !== undefined) };
  }

  /** Adds the hints of `topology-mode: Auto` to the slices, or removes them. */
  hint(service: Service, full: readonly FullSlice[], topology: Topology): void {
    const isAware = isTopologyAware(service);
    const ready = isAware ? readyEndpoints(full) : [];
    // Without ready endpoints there is nothing to give hints for.
    const { zones, refusal }: Allocation =
      ready.length > 0 ? proportionalHints(ready, topology.shares) : {};
    for (const { slice } of full) setHints(slice, zones);
    if (refusal !== undefined && !this.#refused) topology.onRefusal(service, refusal);
    if (ready.length > 0 || !isAware) this.#refused = refusal !== undefined;
  }
}

/** The endpoints as they are written: with the hints that were computed for all of them together. */
export function hintedEndpoints({ places, hints }: Slice): readonly Endpoint[] {
  return places.map(({ pod, endpoint }) => {
    const name = hints?.get(pod);
    return name === undefined ? endpoint : { ...endpoint, hints: { forZones: [{ name }] } };
  });
}

function readyEndpoints(slices: readonly FullSlice[]): PlacedEndpoint[] {
  return slices.flatMap(({ slice: { places } }) =>
    places.flatMap(({ pod, endpoint }) =>
      isEndpointReady(endpoint) ? { pod, zone: endpoint.zone } : [],
    ),
  );
}

function setHints(slice: Slice, zones: ReadonlyMap<string, string> | undefined): void {
  if (zones === undefined && slice.hints === undefined) return;
  for (const { pod } of slice.places) {
    if (slice.hints?.get(pod) !== zones?.get(pod)) slice.changed = true;
  }
  if (zones === undefined) delete slice.hints;
  else slice.hints = zones;
}
