import type { EndpointPort } from "./endpoint-slice.ts";
import type { KubernetesObject, StringMap } from "./object.ts";

export interface Namespace extends KubernetesObject {
  readonly status?: { readonly phase?: "Active" | "Terminating" };
}

export const ZONE_LABEL = "topology.kubernetes.io/zone";

export interface Node extends KubernetesObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly {
      readonly key: string;
      readonly value?: string;
      readonly effect: string;
    }[];
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly allocatable?: StringMap;
  };
}

export interface ConfigMap extends KubernetesObject {
  readonly data?: StringMap;
  readonly binaryData?: StringMap;
}

export interface Secret extends KubernetesObject {
  readonly type?: string;
  /** base64 */
  readonly data?: StringMap;
  readonly stringData?: StringMap;
}

/** multicluster.x-k8s.io: a Service of the cluster set (D.17). */
export interface ServiceImport extends KubernetesObject {
  readonly spec: {
    readonly type: "ClusterSetIP" | "Headless";
    readonly ips?: readonly string[];
    readonly ports?: readonly EndpointPort[];
  };
}
