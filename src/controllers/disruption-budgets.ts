import { fromLabelSelector } from "../labels/label-selector.ts";
import { RequirementError } from "../labels/requirement.ts";
import { SelectorIndex } from "../labels/selector-index.ts";
import type { PodDisruptionBudget } from "../objects/disruption-budget.ts";
import { resolveIntOrPercent } from "../objects/int-or-percent.ts";
import { controllerOf, groupKind, type KubernetesObject } from "../objects/object.ts";
import { qualifiedName } from "../objects/object-key.ts";
import { isReady, type Pod } from "../objects/pod.ts";
import { podTemplateOf } from "../objects/pod-templates.ts";
import type { Condition } from "../objects/tables/kinds.ts";
import { timestamp } from "../objects/timestamp.ts";
import { SCALED_KINDS } from "../objects/workload-kinds.ts";
import type { Controller } from "../store/controller.ts";
import type { Change, Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { isTerminating } from "./pod-state.ts";
import type { WorkloadOptions } from "./workload-options.ts";
import { writeWorkloadStatus } from "./workload-status.ts";

const KIND = "PodDisruptionBudget.policy";
const SCALED: ReadonlySet<string> = new Set(SCALED_KINDS);

/** Says in the status of each PodDisruptionBudget how many of its pods an eviction may take. */
export function createDisruptionController(options: WorkloadOptions = {}): Controller {
  const selectors = new Map<string, SelectorIndex<string>>();

  /** Every change of a Pod runs through here, and most clusters have no budgets. */
  function touch({ object, previous }: Change, touched: Set<string>): void {
    const { namespace = "" } = object.metadata;
    const index = selectors.get(namespace);
    if (index === undefined) return;
    for (const each of previous === undefined ? [object] : [object, previous]) {
      const labels = podTemplateOf(each)?.metadata?.labels ?? {};
      for (const name of index.matching(labels)) touched.add(qualifiedName(namespace, name));
    }
  }

  function follow({ type, object }: Change, touched: Set<string>): void {
    const { namespace = "", name } = object.metadata;
    const selector = type === "deleted" ? undefined : selectorOf(object as PodDisruptionBudget);
    if (selector === undefined) selectors.get(namespace)?.remove(name);
    else {
      const index = selectors.get(namespace) ?? new SelectorIndex();
      index.replace(name, selector);
      selectors.set(namespace, index);
    }
    touched.add(qualifiedName(namespace, name));
  }

  return {
    name: "disruption-budgets",
    kinds: new Set([KIND, "Pod", ...SCALED_KINDS]),
    reconcile(changes, store, now) {
      const touched = new Set<string>();
      // A budget of the same changes knows its pods already.
      for (const change of changes) if (change.kind === KIND) follow(change, touched);
      for (const change of changes) if (change.kind !== KIND) touch(change, touched);
      return [...touched].flatMap((key) => {
        const [namespace = "", name = ""] = key.split("/");
        const budget = store.get(KIND, namespace, name);
        return budget === undefined ? [] : writeStatus(budget, store, options, now);
      });
    },
  };
}

function selectorOf({ spec: { selector } }: PodDisruptionBudget) {
  try {
    return selector === undefined ? undefined : fromLabelSelector(selector);
  } catch (error) {
    // The rules of the selector say what is wrong with it.
    if (error instanceof RequirementError) return undefined;
    throw error;
  }
}

function writeStatus(
  budget: PodDisruptionBudget,
  store: StoreReader,
  options: WorkloadOptions,
  now: Date,
): Operation[] {
  const selector = selectorOf(budget);
  const { namespace = "", generation } = budget.metadata;
  const pods =
    selector === undefined ? [] : store.list("Pod", { namespace, labelSelector: selector });
  const currentHealthy = pods.filter((pod) => !isTerminating(pod) && isReady(pod)).length;
  const counted = countsOf(budget, pods, store, options);
  const allowed =
    typeof counted === "string" || counted.expectedPods === 0
      ? 0
      : Math.max(0, currentHealthy - counted.desiredHealthy);
  const condition: Omit<Condition, "lastTransitionTime"> = {
    type: "DisruptionAllowed",
    status: allowed > 0 ? "True" : "False",
    reason:
      typeof counted === "string"
        ? "SyncFailed"
        : allowed > 0
          ? "SufficientPods"
          : "InsufficientPods",
    message: typeof counted === "string" ? counted : "",
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  return writeWorkloadStatus(budget, {
    ...(typeof counted === "string" ? budget.status : { currentHealthy, ...counted }),
    disruptionsAllowed: allowed,
    conditions: [changed(budget.status?.conditions?.[0], condition, now)],
  });
}

/** How many pods there are to be and how many of them are to stay, or why that can't be said. */
function countsOf(
  { spec: { minAvailable, maxUnavailable } }: PodDisruptionBudget,
  pods: readonly Pod[],
  store: StoreReader,
  options: WorkloadOptions,
): { readonly expectedPods: number; readonly desiredHealthy: number } | string {
  if (maxUnavailable === undefined && typeof minAvailable !== "string") {
    return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 };
  }
  const expectedPods = scaleOf(pods, store, options);
  if (typeof expectedPods === "string") return expectedPods;
  const desiredHealthy =
    maxUnavailable === undefined
      ? resolveIntOrPercent(minAvailable, 0, expectedPods, Math.ceil)
      : Math.max(0, expectedPods - resolveIntOrPercent(maxUnavailable, 0, expectedPods, Math.ceil));
  return { expectedPods, desiredHealthy };
}

/** The replicas of everything that controls one of the pods; pods that nothing controls don't count. */
function scaleOf(
  pods: readonly Pod[],
  store: StoreReader,
  { replicasOf }: WorkloadOptions,
): number | string {
  const scaled = new Map<string, number>();
  for (const pod of pods) {
    const direct = controllerOf(pod);
    if (direct === undefined) continue;
    const set = controllerAt(pod, store);
    const workload = (set && controllerAt(set, store)) ?? set;
    if (workload === undefined || !SCALED.has(groupKind(workload.apiVersion, workload.kind))) {
      return `found no controllers for pod "${pod.metadata.name}"`;
    }
    const { replicas = 1 } = workload.spec as { readonly replicas?: number };
    scaled.set(workload.metadata.uid ?? "", replicasOf?.(workload as never) ?? replicas);
  }
  return [...scaled.values()].reduce((sum, count) => sum + count, 0);
}

function controllerAt(object: KubernetesObject, store: StoreReader): KubernetesObject | undefined {
  const owner = controllerOf(object);
  if (owner === undefined) return undefined;
  const kind = groupKind(owner.apiVersion, owner.kind);
  return store.get(kind, object.metadata.namespace ?? "", owner.name);
}

/** The condition with the time since when it says so. */
function changed(
  before: Condition | undefined,
  next: Omit<Condition, "lastTransitionTime">,
  now: Date,
): Condition {
  const isSame = before?.status === next.status;
  const time = timestamp(now);
  return { ...next, lastTransitionTime: isSame ? before.lastTransitionTime : time };
}
