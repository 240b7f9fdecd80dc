import type { ToldCarriage } from "../../control/carriages.ts";
import type { Engine } from "../../engine/engine.ts";

/** What balances connections of local pods to Services. */
export function carriagesOf(engine: Engine): ToldCarriage[] {
  return (engine.carriages() ?? []).map(({ key, carriage }) => ({
    key,
    by: carriage.by,
    ...(carriage.by === "relay" && { reason: carriage.reason }),
  }));
}
