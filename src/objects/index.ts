export { type Admission, admit, validateObject } from "./admit.ts";
export type { Resource, Subresource } from "./api-resource.ts";
export type { Limits, ListIdentity, Scalar } from "./definition.ts";
export { type Definition, definitionNamed, type Field, type FieldType } from "./definition.ts";
export type { Finding } from "./finding.ts";
export type { KubernetesObject, ObjectMeta, OwnerReference } from "./object.ts";
export { type FieldHistory, RELEASES, type Release } from "./release.ts";
export { findResource, RESOURCES, resourceOf } from "./resource.ts";
export type * from "./tables/kinds.ts";
