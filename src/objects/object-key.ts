import { groupKindOf, type KubernetesObject } from "./object.ts";

/** Names one object: unique in a store. */
export interface ObjectKey {
  /** `Pod`, `Deployment.apps`: see groupKind. */
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

export function keyOf(object: KubernetesObject): ObjectKey {
  return {
    kind: groupKindOf(object),
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
  };
}

/** `shop/web`: names an object among those of its kind, in messages and as a key of maps. */
export function qualifiedName(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

/** One text for each key. */
export function idOfKey({ kind, namespace, name }: ObjectKey): string {
  return `${kind}\n${namespace}\n${name}`;
}

/** `Service shop/web`, `Node local`: how messages name an object. */
export function describeKey(key: ObjectKey): string {
  const kind = key.kind.split(".", 1)[0];
  return key.namespace === "" ? `${kind} ${key.name}` : `${kind} ${key.namespace}/${key.name}`;
}

/** {@link describeKey} of an object. */
export function describeObject(object: KubernetesObject): string {
  return describeKey(keyOf(object));
}
