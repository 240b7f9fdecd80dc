import type { TrafficEvent } from "../proxy/traffic-event.ts";

/** An event, and when it came. */
export type TrafficRecord = TrafficEvent & {
  /** ISO 8601. */
  readonly at: string;
};

/** Events that are kept of each Service, and the number of Services; the least recently added is dropped first. */
const EVENTS = 20;
const SERVICES = 1_000;

/** An event as it is kept. */
export interface NotedTraffic {
  readonly event: TrafficEvent;
  /** Of the Service: `shop/web`; empty where it is none. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Grows by one with each. */
  readonly number: number;
}

/** The last events of each Service, so that a busy one doesn't displace the others. */
export class RecentTraffic {
  /** Called for each event. */
  readonly listeners = new Set<(noted: NotedTraffic) => void>();
  readonly #byService = new Map<string, NotedTraffic[]>();
  #count = 0;

  /** @param at milliseconds since 1970. */
  add(event: TrafficEvent, at: number): void {
    const { service } = event;
    const id = service === undefined ? "" : `${service.namespace}/${service.service}`;
    let kept = this.#byService.get(id);
    if (kept === undefined) {
      kept = [];
      const [first] = this.#byService.keys();
      if (this.#byService.size >= SERVICES && first !== undefined) this.#byService.delete(first);
    } else if (kept.length >= EVENTS) {
      kept.shift();
    }
    const noted = { event, id, at, number: ++this.#count };
    kept.push(noted);
    if (kept.length === 1) this.#byService.set(id, kept);
    for (const listener of this.listeners) listener(noted);
  }

  /** Oldest first. @param service those of one: `shop/web`. */
  noted(service?: string): readonly NotedTraffic[] {
    if (service !== undefined) return this.#byService.get(service) ?? [];
    return [...this.#byService.values()].flat().sort((a, b) => a.at - b.at || a.number - b.number);
  }

  /** Oldest first. */
  all(): TrafficRecord[] {
    return this.noted().map(({ event, at }) => ({ at: new Date(at).toISOString(), ...event }));
  }
}
