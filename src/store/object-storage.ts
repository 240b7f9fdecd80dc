import { extended } from "../objects/extended.ts";
import { groupKindOf, type KubernetesObject, type ObjectMeta } from "../objects/object.ts";
import { DEFAULT_NAMESPACE, isClusterScoped } from "../objects/resource.ts";
import { timestamp } from "../objects/timestamp.ts";
import { Dependents } from "./dependents.ts";
import { equalExcept, jsonEqual } from "./equal.ts";
import { checkFields, matchesFields } from "./fields.ts";
import { ObjectTable, type Slot } from "./object-table.ts";
import type { Change, Operation } from "./operation.ts";
import type { ListOptions } from "./selection.ts";
import { uidOf } from "./uid.ts";

/** Objects of one kind, by namespace. */
type KindTable = Map<string, ObjectTable>;

/** Where objects are kept: performs single operations and says what each of them changed. */
export class ObjectStorage {
  readonly #kinds = new Map<string, KindTable>();
  readonly #dependents = new Dependents();
  /** Kinds of custom resources without a namespace; those of built-in kinds are known. */
  readonly #clusterScoped = new Set<string>();
  #resourceVersion = 0;
  #created = 0;

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  get(kind: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.#kinds.get(kind)?.get(namespace)?.get(name)?.object;
  }

  /** @throws UnsupportedFieldError */
  list(kind: string, options: ListOptions): KubernetesObject[] {
    const { namespace, labelSelector, fieldSelector } = options;
    if (fieldSelector !== undefined) checkFields(kind, fieldSelector);
    const found: KubernetesObject[] = [];
    const table = this.#kinds.get(kind);
    if (table === undefined) return found;
    const tables = namespace === undefined ? table.values() : [table.get(namespace)];
    for (const objects of tables) {
      if (objects === undefined) continue;
      const slots = labelSelector === undefined ? objects.values() : objects.select(labelSelector);
      for (const { object } of slots) {
        if (fieldSelector === undefined || matchesFields(fieldSelector, object)) found.push(object);
      }
    }
    return found;
  }

  count(kind: string, namespace: string | undefined): number {
    const table = this.#kinds.get(kind);
    if (table === undefined) return 0;
    if (namespace !== undefined) return table.get(namespace)?.size ?? 0;
    let count = 0;
    for (const objects of table.values()) count += objects.size;
    return count;
  }

  dependents(uid: string): KubernetesObject[] {
    return this.#dependents.of(uid);
  }

  kinds(): string[] {
    return [...this.#kinds.keys()];
  }

  /** Performs the operations in order and logs what they changed. One that fails does not hinder the others. */
  perform(
    operations: readonly Operation[],
    now: Date,
    log: Change[],
    onError: (error: unknown) => void,
  ): void {
    // Written out when an object is new: most changes are about one that is there.
    let text: string | undefined;
    const created = (): string => (text ??= timestamp(now));
    for (const operation of operations) {
      try {
        this.#performOne(operation, created, log);
      } catch (error) {
        onError(error);
      }
    }
  }

  #performOne(operation: Operation, created: () => string, log: Change[]): void {
    switch (operation.op) {
      case "put":
        this.#put(operation.object, created, log);
        break;
      case "status":
        this.#putStatus(operation, log);
        break;
      case "touch": {
        const { kind, namespace, name } = operation.key;
        const object = this.get(kind, this.#namespaceOf(kind, namespace), name);
        if (object !== undefined) log.push({ type: "modified", kind, object, previous: object });
        break;
      }
      case "delete": {
        const { kind, namespace, name } = operation.key;
        this.#delete(kind, this.#namespaceOf(kind, namespace), name, log);
      }
    }
  }

  #put(incoming: KubernetesObject, created: () => string, log: Change[]): void {
    const kind = groupKindOf(incoming);
    const { metadata } = incoming;
    const { name, uid } = metadata;
    if (typeof name !== "string" || name === "") throw new TypeError(`a ${kind} without a name`);
    const namespace = this.#namespaceOf(kind, metadata.namespace ?? "");
    const slot = this.#kinds.get(kind)?.get(namespace)?.get(name);
    if (slot === undefined || (uid !== undefined && uid !== slot.object.metadata.uid)) {
      if (slot !== undefined) this.#delete(kind, namespace, name, log);
      this.#create(kind, namespace, incoming, created, log);
      return;
    }
    const previous = slot.object;
    const status = incoming.status ?? previous.status;
    if (
      jsonEqual(previous.status, status) &&
      equalExcept(previous, incoming, NOT_COMPARED) &&
      equalExcept(previous.metadata, metadata, WRITTEN_HERE)
    ) {
      return;
    }
    const written = {
      uid: previous.metadata.uid!,
      creationTimestamp: previous.metadata.creationTimestamp!,
      resourceVersion: this.#nextVersion(),
    };
    const object = withStatus(incoming, status, extended(placed(metadata, namespace), written));
    if (isReleased(previous, object)) this.#delete(kind, namespace, name, log);
    else this.#replace(kind, namespace, slot, object, log);
  }

  #putStatus(operation: Operation & { op: "status" }, log: Change[]): void {
    const { kind, name } = operation.key;
    const namespace = this.#namespaceOf(kind, operation.key.namespace);
    const slot = this.#kinds.get(kind)?.get(namespace)?.get(name);
    if (slot === undefined || jsonEqual(slot.object.status, operation.status)) return;
    const object = withStatus(slot.object, operation.status, {
      ...slot.object.metadata,
      resourceVersion: this.#nextVersion(),
    });
    this.#replace(kind, namespace, slot, object, log);
  }

  #create(
    kind: string,
    namespace: string,
    incoming: KubernetesObject,
    created: () => string,
    log: Change[],
  ): void {
    const { metadata } = incoming;
    const sequence = this.#created++;
    const written = {
      uid: metadata.uid ?? uidOf({ kind, namespace, name: metadata.name }, sequence),
      creationTimestamp: metadata.creationTimestamp ?? created(),
      resourceVersion: this.#nextVersion(),
    };
    const whole = extended(placed(metadata, namespace), written);
    const object = withStatus(incoming, incoming.status ?? undefined, whole);
    const slot: Slot = { object, sequence };
    const table = getOrCreate(this.#kinds, kind, (): KindTable => new Map());
    getOrCreate(table, namespace, () => new ObjectTable()).add(metadata.name, slot);
    this.#dependents.update(slot, undefined, object);
    if (kind === "CustomResourceDefinition.apiextensions.k8s.io") this.#noteScope(object);
    log.push({ type: "added", kind, object });
  }

  #replace(
    kind: string,
    namespace: string,
    slot: Slot,
    object: KubernetesObject,
    log: Change[],
  ): void {
    const previous = slot.object;
    this.#kinds.get(kind)!.get(namespace)!.replace(slot, object);
    this.#dependents.update(slot, previous, object);
    log.push({ type: "modified", kind, object, previous });
  }

  #delete(kind: string, namespace: string, name: string, log: Change[]): void {
    const table = this.#kinds.get(kind);
    const objects = table?.get(namespace);
    const slot = objects?.get(name);
    if (table === undefined || objects === undefined || slot === undefined) return;
    objects.delete(name);
    if (objects.size === 0) table.delete(namespace);
    if (table.size === 0) this.#kinds.delete(kind);
    this.#dependents.update(slot, slot.object, undefined);
    this.#resourceVersion++;
    log.push({ type: "deleted", kind, object: slot.object, previous: slot.object });
  }

  /** A definition says whether objects of its kind have a namespace, and may not change it. */
  #noteScope({ spec }: KubernetesObject): void {
    const { group, scope, names } = spec as {
      readonly group: string;
      readonly scope: string;
      readonly names: { readonly kind: string };
    };
    if (scope === "Cluster") this.#clusterScoped.add(`${names.kind}.${group}`);
  }

  #namespaceOf(kind: string, namespace: string): string {
    if (isClusterScoped(kind) || this.#clusterScoped.has(kind)) return "";
    return namespace === "" ? DEFAULT_NAMESPACE : namespace;
  }

  #nextVersion(): string {
    return String(++this.#resourceVersion);
  }
}

/** Whether the last finalizer of a deleted object was removed, and nobody is ending it over a time. */
function isReleased(previous: KubernetesObject, { metadata }: KubernetesObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).length === 0 &&
    (previous.metadata.finalizers ?? []).length > 0 &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0
  );
}

/** Compared apart from the rest, each in its own way. */
const NOT_COMPARED: ReadonlySet<string> = new Set(["metadata", "status"]);
/** Metadata that a put can't change. */
const WRITTEN_HERE: ReadonlySet<string> = new Set([
  "resourceVersion",
  "uid",
  "creationTimestamp",
  "namespace",
]);

/** The metadata with the namespace where the object is kept, whatever it came with. */
function placed(metadata: ObjectMeta, namespace: string): ObjectMeta {
  if ((metadata.namespace ?? "") === namespace) return metadata;
  if (namespace !== "") return extended(metadata, { namespace });
  const { namespace: _, ...rest } = metadata;
  return rest;
}

function withStatus(
  object: KubernetesObject,
  status: unknown,
  metadata: ObjectMeta,
): KubernetesObject {
  if (status !== undefined) return extended(object, { metadata, status });
  const { status: _, ...rest } = object;
  return { ...rest, metadata };
}

function getOrCreate<V>(map: Map<string, V>, key: string, create: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
