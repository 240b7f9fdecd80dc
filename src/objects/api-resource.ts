/** A kind in one version, as in discovery documents. */
export interface Resource {
  /** `apps/v1` */
  readonly apiVersion: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** `Pod`, `Deployment.apps`: see {@link groupKind}. */
  readonly groupKind: string;
  /** The name of its {@link definitionNamed definition}. */
  readonly definition: string;
  /** The name in URLs and in `kubectl get`: `deployments`. */
  readonly plural: string;
  readonly singular: string;
  /** `deploy` */
  readonly shortNames: readonly string[];
  /** Words that mean several kinds, such as `all`. */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Whether it comes from a CustomResourceDefinition rather than being built in. */
  readonly custom: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
}

/** A subresource: `scale`, `status`. */
export interface Subresource {
  /** `status` */
  readonly name: string;
  /** The kind of the body, which may be of another group: a Scale is of `autoscaling/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}
