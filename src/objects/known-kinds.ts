import type { Node, ServiceImport } from "./cluster.ts";
import type { EndpointSlice } from "./endpoint-slice.ts";
import type { Pod } from "./pod.ts";
import type { KnownKinds as Tables } from "./tables/kinds.ts";

/** The type of each kind by groupKind, once an object is admitted. */
export interface KnownKinds
  extends Omit<
    Tables,
    "EndpointSlice.discovery.k8s.io" | "Node" | "Pod" | "ServiceImport.multicluster.x-k8s.io"
  > {
  "EndpointSlice.discovery.k8s.io": EndpointSlice;
  Node: Node;
  Pod: Pod;
  "ServiceImport.multicluster.x-k8s.io": ServiceImport;
}

export type KnownKind = keyof KnownKinds;
