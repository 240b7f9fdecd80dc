import type { Node } from "../objects/cluster.ts";
import { extended } from "../objects/extended.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { qualifiedName } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { fitsNode, topologyLabels } from "./node-fit.ts";
import { isFinished } from "./pod-state.ts";

/**
 * Places Pods on the Nodes that there are: where they fit, evenly, by name when equal. Without any Node it
 * does nothing. Pods whose status has conditions come from a cluster and stay as they are.
 *
 * Writes spec.nodeName of Pods, and the labels that say in which zone and region the node is.
 */
export function createScheduler(): Controller {
  const waiting = new Map<string, Pod>();
  const loads = new Map<string, number>();

  const count = (object: KubernetesObject | undefined, by: number) => {
    const pod = object as Pod | undefined;
    if (!pod?.spec.nodeName || isFinished(pod)) return;
    loads.set(pod.spec.nodeName, (loads.get(pod.spec.nodeName) ?? 0) + by);
  };

  function place(pod: Pod, nodes: readonly Node[]): Operation[] {
    let best: Node | undefined;
    for (const node of nodes) {
      if (best !== undefined && loadOf(node) >= loadOf(best)) continue;
      if (fitsNode(pod.spec, node)) best = node;
    }
    if (best === undefined) return [];
    const { name } = best.metadata;
    // The Pod is counted at once, so that the next one of this batch is placed elsewhere; its own change must not
    // count it twice.
    loads.set(name, loadOf(best) + 1);
    const topology = topologyLabels(best);
    const metadata =
      Object.keys(topology).length === 0
        ? pod.metadata
        : extended(pod.metadata, { labels: { ...pod.metadata.labels, ...topology } });
    const spec = extended(pod.spec, { nodeName: name });
    return [{ op: "put", object: { ...pod, metadata, spec } }];
  }

  const loadOf = (node: Node) => loads.get(node.metadata.name) ?? 0;

  return {
    name: "scheduling",
    kinds: new Set(["Node", "Pod"]),
    reconcile(changes, store) {
      for (const { kind, type, object, previous } of changes) {
        if (kind !== "Pod") continue;
        if (object === previous && type === "modified") continue;
        count(previous, -1);
        if (type !== "deleted") count(object, 1);
        const { namespace = "", name } = object.metadata;
        const key = qualifiedName(namespace, name);
        const pod = store.get("Pod", namespace, name);
        if (pod !== undefined && isUnplaced(pod)) waiting.set(key, pod);
        else waiting.delete(key);
      }
      if (waiting.size === 0 || store.count("Node") === 0) return [];
      const nodes = nodesByName(store);
      const placed = [...waiting.values()].flatMap((pod) => place(pod, nodes));
      // The change of a Pod that was counted already has arrived.
      for (const operation of placed) {
        if (operation.op === "put") count(operation.object, -1);
      }
      return placed;
    },
  };
}

function isUnplaced(pod: Pod): boolean {
  return !pod.spec.nodeName && !isFinished(pod) && (pod.status?.conditions?.length ?? 0) === 0;
}

function nodesByName(store: StoreReader): Node[] {
  return store.list("Node").sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
