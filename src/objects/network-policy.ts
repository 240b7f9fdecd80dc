import type { LabelSelector } from "./label-selector.ts";
import type { KubernetesObject } from "./object.ts";
import type { Protocol } from "./pod.ts";

export interface NetworkPolicyPort {
  readonly protocol?: Protocol;
  /** A number or a container port's name; absent means every port. */
  readonly port?: number | string;
  readonly endPort?: number;
}

/** Either an ipBlock, or pods: of the policy's namespace, or of those that namespaceSelector takes. */
export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

export interface NetworkPolicy extends KubernetesObject {
  readonly spec: {
    /** Empty or absent: every pod of the namespace. */
    readonly podSelector?: LabelSelector;
    readonly policyTypes?: readonly ("Ingress" | "Egress")[];
    readonly ingress?: readonly {
      readonly from?: readonly NetworkPolicyPeer[];
      readonly ports?: readonly NetworkPolicyPort[];
    }[];
    readonly egress?: readonly {
      readonly to?: readonly NetworkPolicyPeer[];
      readonly ports?: readonly NetworkPolicyPort[];
    }[];
  };
}
