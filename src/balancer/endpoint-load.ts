/** What new endpoints are taken to answer in, as linkerd2-proxy does. */
export const SEED_MS = 30;
/** How long a peak is remembered: the time constant of the moving average. */
export const DECAY_MS = 10_000;

/** What is known about an endpoint from using it; outlives snapshots, for the same address and port. */
export interface EndpointLoad {
  /** Connections or requests it has now. */
  active: number;
  /** Peak-sensitive moving average of its answer times, milliseconds. */
  ewma: number;
  /** When `ewma` was last true. */
  observedAt: number;
  /** Connect failures in a row. */
  failures: number;
  /** Times it was ejected without a success in between. */
  ejections: number;
  /** Not before this time, if others are there; 0 when it isn't ejected. */
  ejectedUntil: number;
}

export function newLoad(now: number): EndpointLoad {
  return {
    active: 0,
    ewma: SEED_MS,
    observedAt: now,
    failures: 0,
    ejections: 0,
    ejectedUntil: 0,
  };
}

/**
 * Notes an answer time. A peak counts at once and in full, anything better only slowly: a slow endpoint is
 * avoided after one request and forgiven over {@link DECAY_MS}.
 */
export function observe(load: EndpointLoad, milliseconds: number, now: number): void {
  if (milliseconds > load.ewma) {
    load.ewma = milliseconds;
  } else {
    const weight = Math.exp(-Math.max(0, now - load.observedAt) / DECAY_MS);
    load.ewma = load.ewma * weight + milliseconds * (1 - weight);
  }
  load.observedAt = now;
}

/** Expected wait for one more request: answer time, multiplied by the queue it would stand in. */
export function cost(load: EndpointLoad, now: number): number {
  const weight = Math.exp(-Math.max(0, now - load.observedAt) / DECAY_MS);
  return load.ewma * weight * (load.active + 1);
}
