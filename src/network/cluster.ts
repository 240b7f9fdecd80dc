import type { Dialer } from "../proxy/dialer.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import type { Store } from "../store/store.ts";
import type { View } from "../view/view.ts";

/** What a namespace shows to its command. */
export interface Cluster {
  readonly store: Store;
  readonly view: View;
  readonly dialer: Dialer;
  readonly localAddressOf: LocalAddressOf;
}
