import type { KubernetesObject } from "../objects/object.ts";
import type { Change, Operation } from "../store/operation.ts";
import type { Store } from "../store/store.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** The namespaces of every cluster. */
const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/**
 * Creates the objects that clients of an API server rely on: a Namespace object for every namespace in use, and in
 * each the ServiceAccount `default` and the ConfigMap `kube-root-ca.crt`.
 * @param ca the certificate of the server's authority, in PEM
 * @returns stops it
 */
export function keepNamespaces(store: Store, ca: string): () => void {
  store.apply([...namespacesIn(store)].flatMap((name) => contentOf(name, store, ca)));
  return store.subscribe((changes) => {
    const operations = changes.flatMap((change) => missing(change, store, ca));
    if (operations.length > 0) store.apply(operations);
  });
}

/** The namespaces of a cluster with these objects: the standard ones, and all in use. */
function namespacesIn(store: StoreReader): ReadonlySet<string> {
  const objects = store.kinds().flatMap((kind) => store.list(kind));
  const used = new Set([...NAMESPACES, ...objects.map(namespaceOf)]);
  used.delete("");
  return used;
}

/** The Namespace objects that are missing in a store without an API server. */
export function unwrittenNamespaces(store: StoreReader): KubernetesObject[] {
  return [...namespacesIn(store)]
    .filter((name) => store.get("Namespace", "", name) === undefined)
    .map(namespaceObject);
}

function namespaceObject(name: string): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}

function missing({ type, kind, object }: Change, store: Store, ca: string): Operation[] {
  const namespace = kind === "Namespace" ? object.metadata.name : namespaceOf(object);
  if (namespace === "") return [];
  if (type === "added") return contentOf(namespace, store, ca);
  // These objects are created again when they are deleted, except while their namespace is being deleted.
  const isContent = CONTENT.has(`${kind} ${object.metadata.name}`);
  const isThere = store.get("Namespace", "", namespace) !== undefined;
  return type === "deleted" && isContent && isThere ? contentOf(namespace, store, ca) : [];
}

const CONTENT: ReadonlySet<string> = new Set([
  "ServiceAccount default",
  "ConfigMap kube-root-ca.crt",
]);

function contentOf(name: string, store: Store, ca: string): Operation[] {
  const namespace = store.get("Namespace", "", name);
  if (namespace?.metadata.deletionTimestamp !== undefined) return [];
  const objects: KubernetesObject[] = [];
  if (namespace === undefined) objects.push(namespaceObject(name));
  if (store.get("ServiceAccount", name, "default") === undefined) {
    objects.push({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: name },
    });
  }
  if (store.get("ConfigMap", name, "kube-root-ca.crt") === undefined) {
    const metadata = { name: "kube-root-ca.crt", namespace: name };
    objects.push({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { "ca.crt": ca },
    } as KubernetesObject);
  }
  return objects.map((object) => ({ op: "put", object }));
}

function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? "";
}
