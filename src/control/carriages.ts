import type { ServicePortKey } from "../balancer/service-port.ts";
import { listIfKnown } from "./request.ts";
import { type ControlRoute, dataRoute } from "./route.ts";

const CARRIAGES_PATH = "/v1/services/carriages";

/** What balances connections of local pods to a service port. */
export interface ToldCarriage {
  readonly key: ServicePortKey;
  /** The kernel, or a relay and why. */
  readonly by: "kernel" | "relay";
  readonly reason?: string;
}

export function carriagesRoute(list: () => readonly ToldCarriage[]): ControlRoute {
  return dataRoute(CARRIAGES_PATH, list);
}

/** Those of a running engine; none when pods have no network of their own, or it doesn't tell. */
export function carriages(socketPath: string): Promise<readonly ToldCarriage[]> {
  return listIfKnown(socketPath, CARRIAGES_PATH);
}
