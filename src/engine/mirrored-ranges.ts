import { DEFAULT_LOAD_BALANCER_RANGE } from "../controllers/load-balancers.ts";
import { DEFAULT_POD_RANGE } from "../net/address-pool.ts";
import type { MirroredRange } from "../net/mirror-collision.ts";
import type { EngineOptions } from "./options.ts";

/** What has a loopback mirror, beside the ranges of Services. */
export function mirroredRanges({ podRange = DEFAULT_POD_RANGE }: EngineOptions): MirroredRange[] {
  return [
    { use: "load balancers", range: DEFAULT_LOAD_BALANCER_RANGE },
    { use: "pods", range: podRange },
  ];
}
