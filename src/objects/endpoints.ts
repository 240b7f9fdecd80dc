import type { EndpointPort } from "./endpoint-slice.ts";
import type { KubernetesObject } from "./object.ts";

export interface EndpointAddress {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly targetRef?: {
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
  };
}

export interface EndpointSubset {
  readonly addresses?: readonly EndpointAddress[];
  readonly notReadyAddresses?: readonly EndpointAddress[];
  readonly ports?: readonly EndpointPort[];
}

/** The legacy kind (deprecated since 1.33): hand-written ones are mirrored to EndpointSlices (P.2). */
export interface Endpoints extends KubernetesObject {
  readonly subsets?: readonly EndpointSubset[];
}
