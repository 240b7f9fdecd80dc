import type { Dialer } from "../proxy/dialer.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import type { RoutingPlan } from "../routes/routing-plan.ts";
import type { Store } from "../store/store.ts";
import type { View } from "../view/view.ts";
import type { Emit } from "./events.ts";
import type { LostAddresses } from "./lost-addresses.ts";
import type { EngineOptions } from "./options.ts";
import type { Origins } from "./origins.ts";
import type { Pods } from "./pods.ts";

/** What doors lead to. */
export interface Inside {
  readonly store: Store;
  readonly view: View;
  readonly dialer: Dialer;
  readonly pods: Pods;
  readonly localAddressOf: LocalAddressOf;
  readonly lost: LostAddresses;
  readonly options: EngineOptions;
  readonly plan: RoutingPlan;
  readonly origins: Origins;
  readonly emit: Emit;
  /** The part that local pods can reach of a gateway, which leads them outside as well. */
  readonly secret: string;
}
