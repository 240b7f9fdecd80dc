import type { ChangeListener } from "../store/store.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { concernsRoutes } from "./controller.ts";
import { RoutingPlan } from "./routing-plan.ts";
import type { ServedClasses } from "./served-classes.ts";

/** The plan for a store whose routes are controlled by another process. */
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
