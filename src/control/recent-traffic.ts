import type { TrafficEvent } from "../proxy/traffic-event.ts";

/** An event, and when it came. */
export type TrafficRecord = TrafficEvent & {
  /** ISO 8601. */
  readonly at: string;
};

/** Kept for each Service, and for how many of them; the one that came first goes first. */
const EVENTS = 20;
const SERVICES = 1_000;

interface Kept {
  readonly event: TrafficEvent;
  readonly at: number;
}

/** The last events of each Service, so that a busy one doesn't push the others out. */
export class RecentTraffic {
  readonly #byService = new Map<string, Kept[]>();

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
    kept.push({ event, at });
    if (kept.length === 1) this.#byService.set(id, kept);
  }

  /** Oldest first. */
  all(): TrafficRecord[] {
    return [...this.#byService.values()]
      .flat()
      .sort((a, b) => a.at - b.at)
      .map(({ event, at }) => ({ at: new Date(at).toISOString(), ...event }));
  }
}
