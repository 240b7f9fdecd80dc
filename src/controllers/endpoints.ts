import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type Node, ZONE_LABEL } from "../objects/cluster.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { describeObject } from "../objects/object-key.ts";
import type { Service } from "../objects/service.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Change } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { NamespaceEndpoints } from "./namespace-endpoints.ts";
import { topologyAnnotation } from "./topology-mode.ts";
import { type ZoneShares, zoneShares } from "./zone-shares.ts";

export interface EndpointControllerOptions {
  /** Called for a topology-aware Service that can't have hints. */
  readonly onFinding?: (finding: Diagnostic) => void;
  /**
   * A prefix for the generated part of slice names, so that they differ from those of another controller. Default:
   * "".
   */
  readonly namesFrom?: string;
}

/**
 * Keeps EndpointSlices for every Service that selects pods, by the rules of P.2 and P.6. A pod's change affects only
 * the Services that select it, and of each only the slice with the pod. A Service with slices of a cluster's own
 * controller keeps those and gets no others; one without a selector, or an ExternalName, is skipped.
 */
export function createEndpointController({
  onFinding,
  namesFrom = "",
}: EndpointControllerOptions = {}): Controller {
  const namespaces = new Map<string, NamespaceEndpoints>();
  let shares: ZoneShares | undefined;
  const onRefusal = (service: Service, refusal: string) =>
    onFinding?.(hintsRefused(service, refusal));
  return {
    name: "endpoints",
    kinds: new Set(["EndpointSlice.discovery.k8s.io", "Node", "Pod", "Service"]),
    reconcile(changes, store) {
      const touched = new Set<NamespaceEndpoints>();
      const namespaceOf = ({ metadata: { namespace = "" } }: KubernetesObject) => {
        let endpoints = namespaces.get(namespace);
        if (endpoints === undefined) {
          endpoints = new NamespaceEndpoints(namespace, namesFrom);
          namespaces.set(namespace, endpoints);
        }
        touched.add(endpoints);
        return endpoints;
      };
      // Slices first: they show which Services have a controller of their own.
      for (const { kind, object } of changes) {
        if (kind === "EndpointSlice.discovery.k8s.io") namespaceOf(object).noteSlice(object, store);
      }
      if (changes.some(({ kind }) => kind === "Node")) {
        const before = shares;
        shares = zoneShares(store.list("Node"));
        const moved = nodesChanged(changes, store);
        const rebalanced = !jsonEqual([...(before ?? [])], [...(shares ?? [])]);
        for (const endpoints of moved || rebalanced ? namespaces.values() : []) {
          if (moved) endpoints.noteNodes(store);
          if (rebalanced) endpoints.noteShares();
          touched.add(endpoints);
        }
      }
      for (const { kind, object } of changes) {
        if (kind === "Service") namespaceOf(object).noteService(object.metadata.name, store);
      }
      // Namespace by namespace: a large batch in another order would miss the processor's caches.
      const pods = new Map<NamespaceEndpoints, string[]>();
      for (const { kind, object } of changes) {
        if (kind !== "Pod") continue;
        const endpoints = namespaceOf(object);
        const names = pods.get(endpoints);
        if (names === undefined) pods.set(endpoints, [object.metadata.name]);
        else names.push(object.metadata.name);
      }
      for (const [endpoints, names] of pods) {
        for (const name of names) endpoints.notePod(name, store);
      }
      for (const endpoints of touched) endpoints.selectNew(store);
      return [...touched].flatMap((endpoints) => endpoints.flush(store, { shares, onRefusal }));
    },
  };
}

function hintsRefused(service: Service, refusal: string): Diagnostic {
  const annotation = topologyAnnotation(service.metadata.annotations ?? {});
  return {
    rule: "topology-hints",
    severity: "warning",
    object: describeObject(service),
    path: ["metadata", "annotations", annotation],
    message: `endpoints of this Service get no hints: ${refusal}`,
    hint: "all endpoints are used alike; spec.trafficDistribution: PreferSameZone asks for less",
  };
}

/** Whether a Node came, went or moved to another zone. */
function nodesChanged(changes: readonly Change[], store: StoreReader): boolean {
  return changes.some(({ kind, type, object, previous }) => {
    if (kind !== "Node") return false;
    if (type !== "modified") return true;
    const now = store.get("Node", "", object.metadata.name);
    return zoneOf(now) !== zoneOf(previous as Node | undefined);
  });
}

function zoneOf(node: Node | undefined): string | undefined {
  return node?.metadata.labels?.[ZONE_LABEL];
}
