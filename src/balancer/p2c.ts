import type { Backend } from "./backend.ts";
import { cost } from "./endpoint-load.ts";
import type { Policy } from "./policy.ts";

/**
 * Power of two choices by peak EWMA: of two endpoints drawn at random the one that is expected to answer
 * sooner. Slow, busy and stuck pods get less without being left out.
 */
export const p2c: Policy = {
  name: "p2c",
  choose(backends, turn) {
    const { length } = backends;
    if (length === 1) return backends[0] as Backend;
    const i = Math.floor(turn.random() * length);
    let j = Math.floor(turn.random() * (length - 1));
    if (j >= i) j++;
    const first = backends[i] as Backend;
    const second = backends[j] as Backend;
    const now = turn.now();
    return cost(second.load, now) < cost(first.load, now) ? second : first;
  },
};
