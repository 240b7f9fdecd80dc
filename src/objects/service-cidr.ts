import type { KubernetesObject } from "./object.ts";

/** A range that Services get their ClusterIPs from, beside the cluster's own (P.8). */
export interface ServiceCIDR extends KubernetesObject {
  readonly spec: {
    /** One, or one of each family. */
    readonly cidrs: readonly string[];
  };
}

/** An address that is taken; its name is the address. Clusters keep one for every ClusterIP. */
export interface IPAddress extends KubernetesObject {
  readonly spec: {
    /** Who has it, mostly a Service. */
    readonly parentRef: {
      readonly group?: string;
      readonly resource: string;
      readonly namespace?: string;
      readonly name: string;
    };
  };
}
