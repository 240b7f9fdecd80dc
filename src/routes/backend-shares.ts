import type { RouteBackend } from "./route-backend.ts";

/**
 * Gives requests to backends by their weights, and as evenly as can be: after any number of requests each has had
 * its share, give or take one. What is random would be the standard's as well, but not what a person expects who
 * asks ten times.
 */
export class BackendShares {
  readonly #backends: readonly RouteBackend[];
  readonly #current: number[];
  readonly #total: number;

  constructor(backends: readonly RouteBackend[]) {
    this.#backends = backends.filter(({ weight }) => weight > 0);
    this.#current = this.#backends.map(() => 0);
    this.#total = this.#backends.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** @returns undefined where no backend is to have any */
  next(): RouteBackend | undefined {
    const backends = this.#backends;
    if (backends.length <= 1) return backends[0];
    let best = 0;
    for (let i = 0; i < backends.length; i++) {
      this.#current[i]! += (backends[i] as RouteBackend).weight;
      if ((this.#current[i] as number) > (this.#current[best] as number)) best = i;
    }
    this.#current[best]! -= this.#total;
    return backends[best];
  }
}
