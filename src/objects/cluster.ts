import type {
  ServiceImport as AnyImport,
  Node as AnyNode,
  ServiceImportSpec,
} from "./tables/kinds.ts";

export type { ConfigMap, Namespace, Secret } from "./tables/kinds.ts";

/** A Node; that for this machine has an empty spec. */
export interface Node extends Omit<AnyNode, "spec"> {
  readonly spec?: AnyNode["spec"];
}

/** multicluster.x-k8s.io: a Service of the cluster set (D.17). */
export interface ServiceImport extends AnyImport {
  readonly spec: ServiceImportSpec;
}

export const ZONE_LABEL = "topology.kubernetes.io/zone";
