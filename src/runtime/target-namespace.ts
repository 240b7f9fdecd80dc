import type { WorkloadTarget } from "../manifests/local-config.ts";
import { podTemplateOf } from "../objects/pod-templates.ts";
import { WORKLOAD_KINDS } from "../objects/workload-kinds.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** The namespaces that have what a target names, in order: what a target without one may mean. */
export function namespacesOf(target: WorkloadTarget, store: StoreReader): readonly string[] {
  const { resourceVersion } = store;
  const known = FOUND.get(target);
  if (known?.store === store && known.resourceVersion === resourceVersion) return known.namespaces;
  const namespaces = [...new Set(search(target, store))].sort();
  FOUND.set(target, { store, resourceVersion, namespaces });
  return namespaces;
}

/** Each pod is asked about each target, mostly while nothing changes. */
const FOUND = new WeakMap<WorkloadTarget, Found>();

interface Found {
  readonly store: StoreReader;
  readonly resourceVersion: number;
  readonly namespaces: readonly string[];
}

/**
 * Whether a target is about a namespace: the one it says. One that says none is about the only one that has
 * what it names; among several it means nothing, rather than a pod somewhere by chance.
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
