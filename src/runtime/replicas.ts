import type { WorkloadTarget } from "../manifests/local-config.ts";
import { groupKindOf, type KubernetesObject, type StringMap } from "../objects/object.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { LocalPods } from "./local-pods.ts";
import { isMeantIn } from "./target-namespace.ts";

/**
 * How many pods the configuration wants of a workload, overriding its `spec.replicas`: one for each address of an
 * `attach` entry, or the `replicas` of a `run` entry. Undefined: the workload's own number.
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

/** Whether a target means a workload; a selector means the one whose pods it would match. */
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
