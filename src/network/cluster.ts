import type { Balancer } from "../balancer/balancer.ts";
import type { Dialer } from "../proxy/dialer.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import type { Store } from "../store/store.ts";

/** What a namespace shows to its command. An engine is one. */
export interface Cluster {
  readonly store: Store;
  readonly balancer: Balancer;
  readonly dialer: Dialer;
  readonly localAddressOf: LocalAddressOf;
  readonly clusterDomain: string;
}
