import {
  DEFAULT_LOAD_BALANCER_RANGE,
  DEFAULT_POD_RANGE,
  DEFAULT_SERVICE_RANGE,
} from "../net/address-pool.ts";
import { checkMirrors, type MirroredRange } from "../net/mirror-collision.ts";
import type { EngineOptions } from "./options.ts";

/** Ranges for local addresses next to a followed cluster: none that clusters commonly use. */
const BESIDE_CLUSTER = { serviceRanges: ["10.246.0.0/16"], podRange: "10.247.0.0/16" };

/** The options, with ranges that don't overlap those of a followed cluster. */
export function withRanges(options: EngineOptions): EngineOptions {
  return options.cluster === true ? { ...BESIDE_CLUSTER, ...options } : options;
}

/** @throws MirrorCollisionError when two ranges would share local addresses; InvalidCidrError. */
export function checkRanges(options: EngineOptions): void {
  const services = options.serviceRanges ?? [DEFAULT_SERVICE_RANGE];
  checkMirrors([
    ...services.map((range) => ({ use: "services", range })),
    ...mirroredRanges(options),
  ]);
}

/** The ranges that have a loopback mirror, in addition to those of Services. */
export function mirroredRanges({
  podRange = DEFAULT_POD_RANGE,
  loadBalancerRange = DEFAULT_LOAD_BALANCER_RANGE,
}: EngineOptions): MirroredRange[] {
  return [
    { use: "load balancers", range: loadBalancerRange },
    { use: "pods", range: podRange },
  ];
}
