import type { WorkloadTarget } from "../manifests/local-config.ts";
import { groupKindOf, type KubernetesObject, type StringMap } from "../objects/object.ts";
import type { LocalPods } from "./local-pods.ts";

/**
 * How many pods the configuration wants of a workload, instead of its `spec.replicas`: as many as an
 * `attach` entry has addresses, or what a `run` entry says. Undefined leaves it to the workload.
 */
export function replicasFor({
  run,
  attach,
}: LocalPods): (workload: KubernetesObject) => number | undefined {
  return (workload) =>
    attach.find((entry) => means(entry.target, workload))?.addresses.length ??
    run.find((entry) => entry.replicas !== undefined && means(entry.target, workload))?.replicas;
}

/** A selector means the workload whose pods it will match. */
function means(target: WorkloadTarget, workload: KubernetesObject): boolean {
  if (target.namespace !== (workload.metadata.namespace ?? "")) return false;
  if (!("selector" in target)) {
    return target.kind === groupKindOf(workload) && target.name === workload.metadata.name;
  }
  const template = (workload.spec as WithTemplate | undefined)?.template;
  return template !== undefined && target.selector.matches(template.metadata?.labels ?? {});
}

interface WithTemplate {
  readonly template?: { readonly metadata?: { readonly labels?: StringMap } };
}
