import { append } from "../../objects/append.ts";
import { type EndpointSlice, podOfEndpoint } from "../../objects/endpoint-slice.ts";
import type { KubernetesObject, OwnerReference } from "../../objects/object.ts";
import { describeObject, keyOf, type ObjectKey } from "../../objects/object-key.ts";
import type { Change, Operation } from "../../store/operation.ts";
import type { Store } from "../../store/store.ts";

const SLICE = "EndpointSlice.discovery.k8s.io";

/** An object of the cluster that the store has. */
interface Shown {
  readonly key: ObjectKey;
  readonly owners: readonly OwnerReference[];
}

/**
 * Puts the objects of a cluster below those of this machine, in one store. An object of the cluster is left out of
 * the store while
 * - a local one has its name,
 * - something that owns it is left out: a Deployment's Pods are left out with it,
 * - it is a Pod of a workload that local pods stand in for.
 *
 * Endpoints for such Pods are removed from the cluster's EndpointSlices.
 */
export class ClusterLayer {
  readonly #store: () => Store;
  readonly #told: (message: string) => void;
  readonly #shown = new Map<string, Shown>();
  /** Objects that are left out, by name, and their uids. */
  readonly #hidden = new Map<string, KubernetesObject>();
  readonly #hiddenUids = new Set<string>();
  /** The original EndpointSlices of those that the store has with fewer endpoints. */
  readonly #whole = new Map<string, EndpointSlice>();
  /** Namespaces whose EndpointSlices must be checked again. */
  readonly #unfiltered = new Set<string>();
  /** Workloads, by uid, that local pods stand in for. */
  #replaced: ReadonlySet<string> = new Set();
  /** The changes for the store's next batch. */
  #operations: Operation[] = [];

  /** @param told called with a note about objects that exist both locally and in the cluster */
  constructor(store: () => Store, told: (message: string) => void) {
    this.#store = store;
    this.#told = told;
  }

  /** Whether an object is the cluster's, in the store or in the next batch. */
  has({ metadata: { uid } }: KubernetesObject): boolean {
    return uid !== undefined && (this.#shown.has(uid) || this.#hiddenUids.has(uid));
  }

  /** Applies changes of the cluster. */
  apply(batch: readonly Operation[]): void {
    const doubled: string[] = [];
    const gone: string[] = [];
    const uids: string[] = [];
    for (const operation of batch) {
      if (operation.op === "put") {
        const object = named(operation.object);
        uids.push(object.metadata.uid ?? "");
        if (this.#put(object)) doubled.push(describeObject(object));
      } else if (operation.op === "delete") {
        append(gone, this.#delete(operation.key));
      }
    }
    this.#flush();
    for (const uid of gone) this.#shown.delete(uid);
    this.#settle(uids);
    this.#tell(doubled);
  }

  /** Applies changes of local files, which override the cluster's objects. */
  applyAbove(batch: readonly Operation[]): void {
    const doubled: string[] = [];
    const uids: string[] = [];
    for (const operation of batch) {
      if (operation.op !== "put" && operation.op !== "delete") continue;
      const key = operation.op === "put" ? keyOf(operation.object) : operation.key;
      const below = this.#get(key);
      if (operation.op === "put" && below !== undefined && this.has(below)) {
        doubled.push(describeObject(below));
        uids.push(below.metadata.uid ?? "");
        this.#hide(below);
      }
      // An object that was printed from the cluster and is loaded from a file counts as local.
      if (operation.op === "delete" || !this.has(operation.object))
        this.#operations.push(operation);
      else this.#operations.push({ op: "put", object: withoutUid(operation.object) });
    }
    this.#flush();
    this.#settle(uids);
    this.#tell(doubled);
  }

  /** Called with changes of the store: where a local object was deleted, the cluster's is restored. */
  follow(changes: readonly Change[]): void {
    if (this.#hidden.size === 0) return;
    for (const { type, object } of changes) {
      if (type !== "deleted") continue;
      const covered = this.#hidden.get(idOf(keyOf(object)));
      if (covered === undefined || this.#get(keyOf(object)) !== undefined) continue;
      if (!this.#isLeftOut(covered)) this.#show(covered);
    }
    this.#flush();
    this.#settle([]);
  }

  /** Sets the workloads whose own Pods are left out from now on. */
  replace(workloads: Iterable<KubernetesObject>): void {
    this.#replaced = new Set([...workloads].flatMap(({ metadata: { uid } }) => uid ?? []));
    for (const object of [...this.#hidden.values()]) {
      const isCovered = this.#get(keyOf(object)) !== undefined;
      if (object.kind === "Pod" && !isCovered && !this.#isLeftOut(object)) this.#show(object);
    }
    this.#flush();
    this.#settle([...this.#replaced]);
  }

  /** @returns whether a local object has taken its name with this change */
  #put(object: KubernetesObject): boolean {
    const key = keyOf(object);
    const held = this.#get(key);
    const isCovered = held !== undefined && !this.has(held);
    const wasHidden = this.#hidden.has(idOf(key));
    if (isCovered || this.#isLeftOut(object)) this.#hide(object);
    else this.#show(object);
    return isCovered && !wasHidden;
  }

  /** @returns the uid of the cluster's object until the store has the batch */
  #delete(key: ObjectKey): string[] {
    const id = idOf(key);
    const hidden = this.#hidden.get(id);
    this.#whole.delete(id);
    if (hidden !== undefined) {
      this.#hidden.delete(id);
      this.#hiddenUids.delete(hidden.metadata.uid ?? "");
      return [];
    }
    const held = this.#get(key);
    if (held === undefined || !this.has(held)) return [];
    this.#operations.push({ op: "delete", key });
    return [held.metadata.uid ?? ""];
  }

  #isLeftOut(object: KubernetesObject): boolean {
    const { kind, metadata } = object;
    const { uid = "", ownerReferences = [] } = metadata;
    if (ownerReferences.some((owner) => this.#hiddenUids.has(owner.uid))) return true;
    if (kind !== "Pod" || this.#replaced.size === 0) return false;
    return this.#replaced.has(uid) || ownerReferences.some((owner) => this.#isReplaced(owner.uid));
  }

  /** Whether it, or what owns it, is a workload that local pods stand in for. */
  #isReplaced(uid: string): boolean {
    if (this.#replaced.has(uid)) return true;
    const { owners } = this.#shown.get(uid) ?? { owners: [] };
    return owners.some((owner) => this.#isReplaced(owner.uid));
  }

  #hide(object: KubernetesObject): void {
    const key = keyOf(object);
    const { uid = "" } = object.metadata;
    const wasShown = this.#shown.delete(uid);
    this.#hidden.set(idOf(key), object);
    this.#hiddenUids.add(uid);
    if (object.kind === "Pod") this.#unfiltered.add(key.namespace);
    if (wasShown) this.#operations.push({ op: "delete", key });
  }

  #show(object: KubernetesObject): void {
    const key = keyOf(object);
    const { uid = "", ownerReferences = [] } = object.metadata;
    const wasHidden = this.#hidden.delete(idOf(key));
    this.#hiddenUids.delete(uid);
    this.#shown.set(uid, { key, owners: ownerReferences });
    const seen = key.kind === SLICE ? this.#filtered(object as EndpointSlice) : object;
    this.#operations.push({ op: "put", object: seen });
    if (!wasHidden) return;
    if (object.kind === "Pod") this.#unfiltered.add(key.namespace);
    for (const each of [...this.#hidden.values()]) {
      const { ownerReferences: owners = [] } = each.metadata;
      const isOwned = owners.some((owner) => owner.uid === uid);
      const isCovered = isOwned && this.#get(keyOf(each)) !== undefined;
      if (isOwned && !isCovered && !this.#isLeftOut(each)) this.#show(each);
    }
  }

  /** Leaves out objects whose owners are left out or replaced: they may have arrived before their owners. */
  #settle(uids: readonly string[]): void {
    const waiting = this.#hiddenUids.size + this.#replaced.size === 0 ? [] : [...uids];
    for (let uid = waiting.pop(); uid !== undefined; uid = waiting.pop()) {
      const isHidden = this.#hiddenUids.has(uid);
      if (!isHidden && !this.#isReplaced(uid)) continue;
      const own = this.#shown.get(uid);
      const pod = own?.key.kind === "Pod" ? this.#get(own.key) : undefined;
      for (const each of [...(pod === undefined ? [] : [pod]), ...this.#store().dependents(uid)]) {
        if (!this.has(each)) continue;
        if (isHidden || each.kind === "Pod") this.#hide(each);
        if (each !== pod) waiting.push(each.metadata.uid ?? "");
      }
    }
    this.#flush();
    for (const namespace of this.#unfiltered) this.#filterSlices(namespace);
    this.#unfiltered.clear();
    this.#flush();
  }

  #filterSlices(namespace: string): void {
    for (const slice of this.#store().list(SLICE, { namespace })) {
      if (!this.has(slice)) continue;
      const whole = this.#whole.get(idOf(keyOf(slice))) ?? (slice as EndpointSlice);
      const filtered = this.#filtered(whole);
      if (filtered.endpoints?.length === (slice as EndpointSlice).endpoints?.length) continue;
      this.#operations.push({ op: "put", object: filtered });
    }
  }

  /** A copy without endpoints for Pods that are left out. */
  #filtered(slice: EndpointSlice): EndpointSlice {
    if (this.#hidden.size === 0 && this.#whole.size === 0) return slice;
    const id = idOf(keyOf(slice));
    const { metadata } = slice;
    const endpoints = slice.endpoints ?? [];
    const left = endpoints.filter((endpoint) => {
      const pod = podOfEndpoint(endpoint, metadata.namespace);
      return pod === undefined || !this.#hidden.has(idOf({ kind: "Pod", ...pod }));
    });
    if (left.length === endpoints.length) {
      this.#whole.delete(id);
      return slice;
    }
    this.#whole.set(id, slice);
    return { ...slice, endpoints: left };
  }

  #get({ kind, namespace, name }: ObjectKey): KubernetesObject | undefined {
    return this.#store().get(kind, namespace, name);
  }

  #flush(): void {
    const batch = this.#operations;
    this.#operations = [];
    if (batch.length > 0) this.#store().apply(batch);
  }

  #tell(names: readonly string[]): void {
    if (names.length === 0) return;
    const listed = names.slice(0, 5).join(", ");
    const rest = names.length > 5 ? ` and ${names.length - 5} more` : "";
    this.#told(`what the manifests say of ${listed}${rest} counts here, not what the cluster has`);
  }
}

function idOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}

function withoutUid(object: KubernetesObject): KubernetesObject {
  const { uid: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Adds a uid, by which the cluster's objects are recognized; real servers always set one. */
function named(object: KubernetesObject): KubernetesObject {
  if (object.metadata.uid !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, uid: `cluster:${idOf(keyOf(object))}` } };
}
