import type { WorkloadTarget } from "../manifests/local-config.ts";
import { podTemplateOf } from "../objects/pod-templates.ts";
import { WORKLOAD_KINDS } from "../objects/workload-kinds.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** The namespaces with an object that a target names, in order; a target without a namespace may mean any of them. */
export function namespacesOf(target: WorkloadTarget, store: StoreReader): readonly string[] {
  const { resourceVersion } = store;
  const known = FOUND.get(target);
  if (known?.store === store && known.resourceVersion === resourceVersion) return known.namespaces;
  const namespaces = [...new Set(search(target, store))].sort();
  FOUND.set(target, { store, resourceVersion, namespaces });
  return namespaces;
}

/** Cached: each pod is matched against each target, mostly without a change in between. */
const FOUND = new WeakMap<WorkloadTarget, Found>();

interface Found {
  readonly store: StoreReader;
  readonly resourceVersion: number;
  readonly namespaces: readonly string[];
}

/**
 * Whether a target applies to a namespace. With a namespace of its own, only to that. Without one, to the only
 * namespace that has what it names; where several have it, to none, rather than to an arbitrary pod.
 */
export function isMeantIn(target: WorkloadTarget, namespace: string, store: StoreReader): boolean {
  if (target.namespace !== undefined) return target.namespace === namespace;
  const [only, ...others] = namespacesOf(target, store);
  return others.length === 0 && only === namespace;
}

function* search(target: WorkloadTarget, store: StoreReader): Iterable<string> {
  const { namespace } = target;
  const options = namespace === undefined ? {} : { namespace };
  if (!("selector" in target)) {
    for (const { metadata } of store.list(target.kind, options)) {
      if (metadata.name === target.name) yield metadata.namespace ?? "";
    }
    return;
  }
  for (const kind of WORKLOAD_KINDS) {
    for (const object of store.list(kind, options)) {
      const labels = podTemplateOf(object)?.metadata?.labels ?? {};
      if (target.selector.matches(labels)) yield object.metadata.namespace ?? "";
    }
  }
}
