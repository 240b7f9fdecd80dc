import { fromLabelSelector } from "../labels/label-selector.ts";
import { matchesNodeSelector, type NodeSelector } from "../labels/node-selector.ts";
import type { Selector } from "../labels/selector.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { isClusterScoped } from "../objects/resource.ts";
import { labelSelectorOf, type SelectorScope, type SelectorUse } from "../objects/selector-use.ts";
import type { StoreReader } from "./store-reader.ts";

/**
 * What a selector of an object (see selectorsOf) selects at the moment, in the store's order.
 * @throws RequirementError when the selector breaks a rule; admitted objects have none such.
 */
export function selectedBy(use: SelectorUse, store: StoreReader): KubernetesObject[] {
  if (use.written.form === "nodeSelector") return selectedNodes(use.written.selector, store);
  const selector = labelSelectorOf(use.written);
  if (use.selects === undefined) return selectedOfAnyKind(selector, use.scope, store);
  return selectedOfKind(use.selects, selector, use.scope, store);
}

/** The namespaces that a scope covers, by name; undefined means all. */
export function namespacesInScope(
  scope: SelectorScope,
  store: StoreReader,
): readonly string[] | undefined {
  switch (scope.in) {
    case "namespaces":
      return scope.names;
    case "selectedNamespaces":
      return selectedNamespaces(fromLabelSelector(scope.selector), store);
    case "allNamespaces":
    case "cluster":
      return undefined;
  }
}

function selectedNamespaces(selector: Selector, store: StoreReader): string[] {
  return store.list("Namespace", { labelSelector: selector }).map(({ metadata }) => metadata.name);
}

function selectedOfKind(
  kind: string,
  labelSelector: Selector,
  scope: SelectorScope,
  store: StoreReader,
): KubernetesObject[] {
  const namespaces = namespacesInScope(scope, store);
  if (namespaces === undefined) return store.list(kind, { labelSelector });
  return namespaces.flatMap((namespace) => store.list(kind, { namespace, labelSelector }));
}

/** A webhook's: objects without namespace are never left out, and a Namespace counts as its own. */
function selectedOfAnyKind(
  labelSelector: Selector,
  scope: SelectorScope,
  store: StoreReader,
): KubernetesObject[] {
  const namespaces = namespacesInScope(scope, store);
  return store.kinds().flatMap((kind) => {
    if (!isClusterScoped(kind)) return selectedOfKind(kind, labelSelector, scope, store);
    const found = store.list(kind, { labelSelector });
    if (kind !== "Namespace" || namespaces === undefined) return found;
    return found.filter(({ metadata }) => namespaces.includes(metadata.name));
  });
}

function selectedNodes(selector: NodeSelector, store: StoreReader): KubernetesObject[] {
  return store.list("Node").filter(({ metadata }) => matchesNodeSelector(selector, metadata));
}
