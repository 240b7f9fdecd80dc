import type { Backend } from "./backend.ts";
import type { Policy } from "./policy.ts";

/** One after the other: over n choices in a stable set of n each is taken once (IPVS' rr). */
export const roundRobin: Policy = {
  name: "round-robin",
  choose: (backends, turn) => backends[turn.count % backends.length] as Backend,
};
