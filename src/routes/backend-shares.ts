import type { RouteBackend } from "./route-backend.ts";

/**
 * Distributes requests over backends by weight, as evenly as possible: after any number of requests each backend has
 * had its share, plus or minus one. Random choice would be allowed as well, but would surprise somebody who sends ten
 * requests.
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

  /** @returns undefined where no backend has a weight */
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
