import type { ChangeListener } from "../store/store.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { concernsRoutes } from "./controller.ts";
import { RoutingPlan } from "./routing-plan.ts";
import type { ServedClasses } from "./served-classes.ts";

/** A plan of a store whose routes another process's control loops look after. */
export function followedPlan(
  store: StoreReader & { subscribe(listener: ChangeListener): () => void },
  classes?: ServedClasses,
): RoutingPlan {
  const plan = new RoutingPlan(classes);
  plan.update(store);
  store.subscribe((changes) => {
    if (concernsRoutes(changes)) plan.update(store);
  });
  return plan;
}
