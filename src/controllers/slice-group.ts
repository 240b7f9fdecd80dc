import type { Endpoint, EndpointPort, EndpointSlice } from "../objects/endpoint-slice.ts";
import { jsonEqual } from "../store/equal.ts";

/** The most endpoints in a slice (P.2). */
export const MAX_ENDPOINTS = 100;

/** A slice in the making: what stands in the store, and what should. */
export interface Slice {
  /** Absent until it is written for the first time. */
  name?: string;
  readonly endpoints: Map<string, Endpoint>;
  /** The zones that endpoints are to serve, where all of them decide that together. */
  hints?: ReadonlyMap<string, string>;
  written?: EndpointSlice;
  /** Whether endpoints or hints differ from what was written. */
  changed: boolean;
}

/**
 * The endpoints of a Service that share a set of ports, packed into slices with the fewest writes (P.2):
 * an endpoint stays in its slice, and new ones fill slices that are written anyway, then the one slice
 * they all fit into, then new slices.
 */
export class SliceGroup {
  readonly ports: readonly EndpointPort[];
  readonly slices: Slice[] = [];
  readonly #places = new Map<string, Slice>();
  readonly #waiting = new Map<string, Endpoint>();

  constructor(ports: readonly EndpointPort[]) {
    this.ports = ports;
  }

  get isEmpty(): boolean {
    return this.#places.size === 0 && this.#waiting.size === 0;
  }

  /** @returns whether anything is to be written. */
  put(pod: string, endpoint: Endpoint): boolean {
    const slice = this.#places.get(pod);
    if (slice === undefined) {
      this.#waiting.set(pod, endpoint);
      return true;
    }
    if (jsonEqual(slice.endpoints.get(pod), endpoint)) return false;
    slice.endpoints.set(pod, endpoint);
    slice.changed = true;
    return true;
  }

  remove(pod: string): void {
    this.#waiting.delete(pod);
    const slice = this.#places.get(pod);
    if (slice === undefined) return;
    this.#places.delete(pod);
    slice.endpoints.delete(pod);
    slice.changed = true;
  }

  /** Finds slices for the new endpoints. @returns the slices that are empty now and no longer part of this. */
  pack(): Slice[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    let next = 0;
    const fill = (slice: Slice) => {
      for (; next < waiting.length && slice.endpoints.size < MAX_ENDPOINTS; next++) {
        const [pod, endpoint] = waiting[next]!;
        slice.endpoints.set(pod, endpoint);
        slice.changed = true;
        this.#places.set(pod, slice);
      }
    };
    if (waiting.length > 0) {
      const changed = this.slices.filter((slice) => slice.changed);
      for (const slice of changed.sort(fullestFirst)) fill(slice);
      const left = waiting.length - next;
      const fitting = this.slices.filter(({ endpoints }) => endpoints.size + left <= MAX_ENDPOINTS);
      const fullest = fitting.sort(fullestFirst)[0];
      if (left > 0 && fullest !== undefined) fill(fullest);
      while (next < waiting.length) {
        const slice: Slice = { endpoints: new Map(), changed: true };
        this.slices.push(slice);
        fill(slice);
      }
    }
    const empty = this.slices.filter(({ endpoints }) => endpoints.size === 0);
    for (const slice of empty) this.slices.splice(this.slices.indexOf(slice), 1);
    return empty;
  }
}

function fullestFirst(a: Slice, b: Slice): number {
  return b.endpoints.size - a.endpoints.size;
}
