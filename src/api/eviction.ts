import { fromLabelSelector } from "../labels/label-selector.ts";
import type { PodDisruptionBudget } from "../objects/disruption-budget.ts";
import { isReady, type Pod } from "../objects/pod.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { StatusError } from "./status.ts";

/**
 * Refuses to evict a Pod whose disruption budget allows no disruption, by the rules of the eviction subresource of
 * Kubernetes 1.36.
 * @throws StatusError 429 for a budget that has nothing left, 500 for a Pod with several budgets
 */
export function checkEviction(pod: Pod, store: StoreReader): void {
  const { phase } = pod.status ?? {};
  // It serves nobody, or is on its way out already.
  const isMissed = phase === "Running" && pod.metadata.deletionTimestamp === undefined;
  if (!isMissed) return;
  const [budget, ...others] = budgetsOf(pod, store);
  if (budget === undefined) return;
  if (others.length > 0) {
    throw new StatusError(
      500,
      "InternalError",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  if (!isReady(pod)) {
    // A pod that is not healthy does not count as one of those that are to stay.
    if (budget.spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return;
  }
  if (disruptionsAllowed > 0) return;
  const message = `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  throw new StatusError(
    429,
    "TooManyRequests",
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: [{ reason: "DisruptionBudget", message, field: "" }] },
  );
}

function budgetsOf({ metadata }: Pod, store: StoreReader): readonly PodDisruptionBudget[] {
  const { namespace = "", labels = {} } = metadata;
  return store
    .list("PodDisruptionBudget.policy", { namespace })
    .filter(
      ({ spec: { selector } }) =>
        selector !== undefined && fromLabelSelector(selector).matches(labels),
    );
}
