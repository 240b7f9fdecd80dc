import type { Endpoint, EndpointSlice } from "../objects/endpoint-slice.ts";
import type { IPFamily } from "../objects/service.ts";
import { jsonEqual } from "../store/equal.ts";
import type { PortSet } from "./endpoint-ports.ts";

/** The most endpoints in a slice (P.2). */
export const MAX_ENDPOINTS = 100;

/** A slice in progress: its content in the store, and its new content. */
export interface Slice {
  /** Absent until it is written for the first time. */
  name?: string;
  /** In the order of their endpoints. */
  readonly places: Place[];
  /** The zones of endpoints' hints, where these are computed for all endpoints together. */
  hints?: ReadonlyMap<string, string>;
  written?: EndpointSlice;
  /** Whether endpoints or hints differ from what was written. */
  changed: boolean;
}

/** The place of a pod's endpoint, kept with the pod so that a change needs no search. */
export interface Place {
  /** The pod's name. */
  readonly pod: string;
  readonly group: SliceGroup;
  endpoint: Endpoint;
  /** Absent while it waits for a slice. */
  slice: Slice | undefined;
}

/**
 * The endpoints of a Service that share a family and a set of ports, packed into slices with the fewest
 * writes (P.2): an endpoint stays in its slice, and new ones fill slices that are written anyway, then the
 * one slice they all fit into, then new slices.
 */
export class SliceGroup {
  readonly family: IPFamily;
  readonly portSet: PortSet;
  readonly slices: Slice[] = [];
  readonly #waiting = new Set<Place>();
  #placed = 0;

  constructor(family: IPFamily, portSet: PortSet) {
    this.family = family;
    this.portSet = portSet;
  }

  get isEmpty(): boolean {
    return this.#placed === 0 && this.#waiting.size === 0;
  }

  add(pod: string, endpoint: Endpoint): Place {
    const place: Place = { pod, group: this, endpoint, slice: undefined };
    this.#waiting.add(place);
    return place;
  }

  /** @returns whether anything is to be written. */
  update(place: Place, endpoint: Endpoint): boolean {
    const { slice } = place;
    const same = slice !== undefined && jsonEqual(place.endpoint, endpoint);
    if (same) return false;
    place.endpoint = endpoint;
    if (slice !== undefined) slice.changed = true;
    return true;
  }

  remove(place: Place): void {
    const { slice } = place;
    if (slice === undefined) {
      this.#waiting.delete(place);
      return;
    }
    slice.places.splice(slice.places.indexOf(place), 1);
    slice.changed = true;
    this.#placed--;
  }

  /** Assigns new endpoints to slices. @returns the slices that are empty now and were removed. */
  pack(): readonly Slice[] {
    if (this.#waiting.size > 0) this.#fillSlices([...this.#waiting]);
    const empty = this.slices.filter(isEmpty);
    for (const slice of empty) this.slices.splice(this.slices.indexOf(slice), 1);
    return empty;
  }

  #fillSlices(waiting: readonly Place[]): void {
    this.#waiting.clear();
    this.#placed += waiting.length;
    let next = 0;
    const fill = (slice: Slice) => {
      for (; next < waiting.length && slice.places.length < MAX_ENDPOINTS; next++) {
        const place = waiting[next]!;
        slice.places.push(place);
        slice.changed = true;
        place.slice = slice;
      }
    };
    const changed = this.slices.filter((slice) => slice.changed);
    for (const slice of changed.sort(fullestFirst)) fill(slice);
    const left = waiting.length - next;
    const fitting = this.slices.filter(({ places }) => places.length + left <= MAX_ENDPOINTS);
    const fullest = fitting.sort(fullestFirst)[0];
    if (left > 0 && fullest !== undefined) fill(fullest);
    while (next < waiting.length) {
      const slice: Slice = { places: [], changed: true };
      this.slices.push(slice);
      fill(slice);
    }
  }
}

function isEmpty({ places }: Slice): boolean {
  return places.length === 0;
}

function fullestFirst(a: Slice, b: Slice): number {
  return b.places.length - a.places.length;
}
