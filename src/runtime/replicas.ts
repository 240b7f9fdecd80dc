import type { WorkloadTarget } from "../manifests/local-config.ts";
import { groupKindOf, type KubernetesObject, type StringMap } from "../objects/object.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { LocalPods } from "./local-pods.ts";
import { isMeantIn } from "./target-namespace.ts";

/**
 * How many pods the configuration wants of a workload, instead of its `spec.replicas`: as many as an
 * `attach` entry has addresses, or what a `run` entry says. Undefined leaves it to the workload.
 */
export function replicasFor(
  { run, attach }: LocalPods,
  store: StoreReader,
): (workload: KubernetesObject) => number | undefined {
  return (workload) =>
    attach.find(({ target }) => meansWorkload(target, workload, store))?.addresses.length ??
    run.find(
      ({ target, replicas }) => replicas !== undefined && meansWorkload(target, workload, store),
    )?.replicas;
}

/** Whether a target means a workload; a selector means the one whose pods it will match. */
export function meansWorkload(
  target: WorkloadTarget,
  workload: KubernetesObject,
  store: StoreReader,
): boolean {
  const { name, namespace = "" } = workload.metadata;
  const template = (workload.spec as WithTemplate | undefined)?.template;
  const isNamed =
    "selector" in target
      ? template !== undefined && target.selector.matches(template.metadata?.labels ?? {})
      : target.kind === groupKindOf(workload) && target.name === name;
  return isNamed && isMeantIn(target, namespace, store);
}

interface WithTemplate {
  readonly template?: { readonly metadata?: { readonly labels?: StringMap } };
}
