import type { StringMap } from "../objects/object.ts";
import type { Dialer } from "../proxy/dialer.ts";
import type { ListenerDoorsOptions } from "../proxy/listeners/listener-doors.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import type { Store } from "../store/store.ts";
import type { View } from "../view/view.ts";

/** Serves routes at the addresses of Gateways and Ingresses. */
export interface ServedRoutes extends Pick<ListenerDoorsOptions, "plan" | "certificateFor"> {
  /** Variables that make programs trust those certificates. */
  trustVariables(inherited: NodeJS.ProcessEnv): Promise<StringMap>;
}

/** What can be reached from inside a namespace. */
export interface Cluster {
  readonly store: Store;
  readonly view: View;
  readonly dialer: Dialer;
  readonly localAddressOf: LocalAddressOf;
  readonly routes: ServedRoutes;
}
