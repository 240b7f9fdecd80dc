/** A kind in one version, as discovery tells of it. */
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
  /** As in URLs and `kubectl get`: `deployments`. */
  readonly plural: string;
  readonly singular: string;
  /** `deploy` */
  readonly shortNames: readonly string[];
  /** Words that mean several kinds, such as `all`. */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** From a CustomResourceDefinition: not of a bare cluster. */
  readonly custom: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
}

/** A part of an object that has a path of its own: `scale`, `status`. */
export interface Subresource {
  /** `status` */
  readonly name: string;
  /** Of the body, which may be of another group: a Scale is of `autoscaling/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}
