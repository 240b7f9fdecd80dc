import type { Backend } from "./backend.ts";
import type { Policy } from "./policy.ts";

/** The one with the fewest connections or requests now; among equals at random (IPVS' lc, without its bias). */
export const leastConnections: Policy = {
  name: "least-connections",
  choose(backends, turn) {
    let best = backends[0] as Backend;
    let equals = 1;
    for (let i = 1; i < backends.length; i++) {
      const backend = backends[i] as Backend;
      if (backend.load.active < best.load.active) {
        best = backend;
        equals = 1;
      } else if (backend.load.active === best.load.active) {
        equals++;
        if (turn.random() * equals < 1) best = backend;
      }
    }
    return best;
  },
};
