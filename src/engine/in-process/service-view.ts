import type { Balancer } from "../../balancer/balancer.ts";
import type { Lookup } from "../../dns/lookup.ts";
import type { LocalAddressOf } from "../../proxy/mapped-dialer.ts";
import type { Destinations } from "./destination.ts";

/** The Services of one store as a program in this process sees them. */
export interface ServiceView {
  readonly balancer: Balancer;
  readonly destinations: Destinations;
  readonly localAddressOf: LocalAddressOf;
  /** Answers names that {@link Destinations.isOurs} says yes to, as the DNS server does. */
  readonly lookup: Lookup;
}
