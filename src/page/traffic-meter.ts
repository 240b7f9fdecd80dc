import type { EdgeRate } from "./messages.ts";

/** A rate is that of the last few seconds, kept by the second. */
const SECONDS = 5;
/** Durations are kept as a number in one of these classes: each is a fifth longer than the one before. */
const CLASSES = 80;
const GROWTH = Math.log(1.2);
const SHORTEST = 0.05;

interface Second {
  /** Which second this is the count of. */
  at: number;
  count: number;
  errors: number;
  readonly durations: Uint32Array;
}

/** One edge of the map. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly seconds: readonly Second[];
  last: number;
}

/** Rates and durations of each edge. What one request costs does not grow with their number. */
export class TrafficMeter {
  readonly #edges = new Map<string, Map<string, Edge>>();

  /** @param now milliseconds. @param duration milliseconds. */
  note(from: string, to: string, now: number, duration: number, failed: boolean): void {
    const ends = this.#edges.get(from) ?? new Map<string, Edge>();
    if (ends.size === 0) this.#edges.set(from, ends);
    let edge = ends.get(to);
    if (edge === undefined) {
      edge = newEdge(from, to);
      ends.set(to, edge);
    }
    const at = Math.floor(now / 1000);
    const second = edge.seconds[at % SECONDS] as Second;
    if (second.at !== at) {
      second.at = at;
      second.count = 0;
      second.errors = 0;
      second.durations.fill(0);
    }
    edge.last = at;
    second.count++;
    if (failed) second.errors++;
    const index = classOf(duration);
    second.durations[index] = (second.durations[index] ?? 0) + 1;
  }

  /** Every edge that something went over in the last few seconds; the others are forgotten. */
  rates(now: number): EdgeRate[] {
    const since = Math.floor(now / 1000) - SECONDS;
    const found: EdgeRate[] = [];
    for (const [from, ends] of this.#edges) {
      for (const [to, edge] of ends) {
        if (edge.last > since) found.push(rateOf(edge, since));
        else ends.delete(to);
      }
      if (ends.size === 0) this.#edges.delete(from);
    }
    return found;
  }
}

function newEdge(from: string, to: string): Edge {
  const seconds = Array.from({ length: SECONDS }, (): Second => {
    return { at: -1, count: 0, errors: 0, durations: new Uint32Array(CLASSES) };
  });
  return { from, to, seconds, last: 0 };
}

function rateOf({ from, to, seconds }: Edge, since: number): EdgeRate {
  const recent = seconds.filter(({ at }) => at > since);
  const count = recent.reduce((sum, second) => sum + second.count, 0);
  const errors = recent.reduce((sum, second) => sum + second.errors, 0);
  return {
    from,
    to,
    rate: count / SECONDS,
    p50: percentile(recent, count * 0.5),
    p99: percentile(recent, count * 0.99),
    errors: errors / count,
  };
}

function percentile(seconds: readonly Second[], rank: number): number {
  let seen = 0;
  for (let index = 0; index < CLASSES; index++) {
    for (const { durations } of seconds) seen += durations[index] ?? 0;
    if (seen >= rank) return SHORTEST * Math.exp((index + 0.5) * GROWTH);
  }
  return SHORTEST * Math.exp(CLASSES * GROWTH);
}

function classOf(duration: number): number {
  if (duration <= SHORTEST) return 0;
  return Math.min(CLASSES - 1, Math.floor(Math.log(duration / SHORTEST) / GROWTH));
}
