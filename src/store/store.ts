import type { KnownKind, KnownKinds } from "../objects/known-kinds.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf, type ObjectKey } from "../objects/object-key.ts";
import type { Controller } from "./controller.ts";
import { jsonEqual } from "./equal.ts";
import type { Change, Operation } from "./operation.ts";
import type { ListOptions, StoreReader } from "./store-reader.ts";
import { uidOf } from "./uid.ts";

/** More rounds than any chain of controllers needs; reaching it means that two of them fight. */
const MAX_ROUNDS = 1000;

export interface StoreOptions {
  /** Run in this order, round by round, inside every `apply`. */
  readonly controllers?: readonly Controller[];
  /** For creationTimestamp. Default: the system's clock. */
  readonly now?: () => Date;
}

export type ChangeListener = (changes: readonly Change[]) => void;

type ObjectTable = Map<string, KubernetesObject>;
/** Objects of one kind, by namespace. */
type KindTable = Map<string, ObjectTable>;

/**
 * The one place for state. A batch settles synchronously: when `apply` returns, every controller has
 * done its work and every subscriber has seen the result, once, as if it had happened in one step.
 */
export class Store implements StoreReader {
  readonly #kinds = new Map<string, KindTable>();
  readonly #controllers: readonly Controller[];
  readonly #listeners = new Set<ChangeListener>();
  readonly #now: () => Date;
  readonly #pending: (readonly Operation[])[] = [];
  #applying = false;
  #resourceVersion = 0;
  #incarnations = 0;

  constructor(options: StoreOptions = {}) {
    this.#controllers = options.controllers ?? [];
    this.#now = options.now ?? (() => new Date());
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  get<K extends KnownKind>(kind: K, namespace: string, name: string): KnownKinds[K] | undefined;
  get(kind: string, namespace: string, name: string): KubernetesObject | undefined;
  get(kind: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.#kinds.get(kind)?.get(namespace)?.get(name);
  }

  list<K extends KnownKind>(kind: K, options?: ListOptions): KnownKinds[K][];
  list(kind: string, options?: ListOptions): KubernetesObject[];
  list(kind: string, options: ListOptions = {}): KubernetesObject[] {
    const table = this.#kinds.get(kind);
    if (table === undefined) return [];
    const found: KubernetesObject[] = [];
    const tables =
      options.namespace === undefined
        ? table.values()
        : [table.get(options.namespace) ?? new Map()];
    for (const objects of tables) {
      for (const object of objects.values()) {
        if (options.labelSelector?.matches(object.metadata.labels ?? {}) ?? true)
          found.push(object);
      }
    }
    return found;
  }

  kinds(): string[] {
    return [...this.#kinds.keys()];
  }

  /**
   * Applies the operations in order, lets the controllers settle, then tells the subscribers.
   * Called from within a subscriber, the batch runs when the current one is done.
   * @returns the net changes; a batch that ends where it began returns none.
   * @throws Error when controllers do not settle; AggregateError when subscribers threw (all were told).
   */
  apply(batch: readonly Operation[]): readonly Change[] {
    this.#pending.push(batch);
    if (this.#applying) return [];
    this.#applying = true;
    try {
      let first: readonly Change[] | undefined;
      for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
        const net = this.#settle(next);
        first ??= net;
        if (net.length > 0) this.#notify(net);
      }
      return first ?? [];
    } finally {
      this.#applying = false;
      this.#pending.length = 0;
    }
  }

  /** Calls the listener synchronously after every batch that changed something. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #settle(batch: readonly Operation[]): readonly Change[] {
    const log: Change[] = [];
    this.#perform(batch, log);
    const seen = this.#controllers.map(() => 0);
    for (let round = 0; seen.some((position) => position < log.length); round++) {
      if (round === MAX_ROUNDS) {
        const last = log.slice(-3).map((change) => `${change.type} ${describe(change)}`);
        throw new Error(`controllers do not settle; last changes: ${last.join(", ")}`);
      }
      for (const [i, controller] of this.#controllers.entries()) {
        const unseen = log.slice(seen[i]);
        if (unseen.length === 0) continue;
        seen[i] = log.length;
        this.#perform(controller.reconcile(unseen, this), log);
      }
    }
    return netChanges(log);
  }

  #perform(operations: readonly Operation[], log: Change[]): void {
    for (const operation of operations) {
      const change = this.#performOne(operation);
      if (change !== undefined) log.push(change);
    }
  }

  #performOne(operation: Operation): Change | undefined {
    switch (operation.op) {
      case "put":
        return this.#put(operation.object);
      case "status": {
        const { kind, namespace, name } = operation.key;
        const object = this.get(kind, namespace, name);
        return object && this.#put({ ...object, status: operation.status });
      }
      case "delete":
        return this.#delete(operation.key);
    }
  }

  #put(incoming: KubernetesObject): Change | undefined {
    const key = keyOf(incoming);
    const previous = this.get(key.kind, key.namespace, key.name);
    const { resourceVersion: _, ...metadata } = incoming.metadata;
    const status = "status" in incoming ? incoming.status : previous?.status;
    const object: KubernetesObject = {
      ...incoming,
      metadata: {
        ...metadata,
        uid: previous?.metadata.uid ?? metadata.uid ?? uidOf(key, this.#incarnations++),
        creationTimestamp:
          previous?.metadata.creationTimestamp ??
          metadata.creationTimestamp ??
          this.#now()
            .toISOString()
            .replace(/\.\d+Z$/, "Z"),
      },
      ...(status === undefined ? {} : { status }),
    };
    if (previous !== undefined && sameState(previous, object)) return undefined;
    const stored = withResourceVersion(object, ++this.#resourceVersion);
    const table = getOrCreate(this.#kinds, key.kind, (): KindTable => new Map());
    const objects = getOrCreate(table, key.namespace, (): ObjectTable => new Map());
    objects.set(key.name, stored);
    return previous === undefined
      ? { type: "added", kind: key.kind, object: stored }
      : { type: "modified", kind: key.kind, object: stored, previous };
  }

  #delete(key: ObjectKey): Change | undefined {
    const table = this.#kinds.get(key.kind);
    const objects = table?.get(key.namespace);
    const object = objects?.get(key.name);
    if (table === undefined || objects === undefined || object === undefined) return undefined;
    objects.delete(key.name);
    if (objects.size === 0) table.delete(key.namespace);
    if (table.size === 0) this.#kinds.delete(key.kind);
    this.#resourceVersion++;
    return { type: "deleted", kind: key.kind, object, previous: object };
  }

  #notify(changes: readonly Change[]): void {
    const errors: unknown[] = [];
    for (const listener of [...this.#listeners]) {
      try {
        listener(changes);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "store subscribers failed");
  }
}

function getOrCreate<V>(map: Map<string, V>, key: string, create: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}

function withResourceVersion(object: KubernetesObject, version: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

/** Whether two states differ in nothing but their resourceVersion. */
function sameState(previous: KubernetesObject, next: KubernetesObject): boolean {
  const { resourceVersion: _, ...before } = previous.metadata;
  const { resourceVersion: __, ...after } = next.metadata;
  return jsonEqual({ ...previous, metadata: before }, { ...next, metadata: after });
}

/** Folds several changes of one object into one, in order of first appearance; drops those that undid themselves. */
function netChanges(log: readonly Change[]): readonly Change[] {
  if (log.length < 2) return log;
  const byObject = new Map<string, Change | undefined>();
  for (const change of log) {
    const id = describe(change);
    byObject.set(id, byObject.has(id) ? fold(byObject.get(id), change) : change);
  }
  return [...byObject.values()].filter((change) => change !== undefined);
}

function fold(earlier: Change | undefined, later: Change): Change | undefined {
  const before = earlier?.type === "added" ? undefined : (earlier ?? later).previous;
  const { kind, object } = later;
  if (later.type === "deleted") {
    return before && { type: "deleted", kind, object, previous: before };
  }
  if (before === undefined) return { type: "added", kind, object };
  return sameState(before, object)
    ? undefined
    : { type: "modified", kind, object, previous: before };
}

function describe({ kind, object }: Change): string {
  const { namespace = "", name } = object.metadata;
  return `${kind} ${namespace}/${name}`;
}
