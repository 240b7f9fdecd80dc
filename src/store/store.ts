import type { KnownKind, KnownKinds } from "../objects/known-kinds.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Controller } from "./controller.ts";
import { checkFields } from "./fields.ts";
import { netChanges } from "./net-changes.ts";
import { ObjectStorage } from "./object-storage.ts";
import type { Change, Operation } from "./operation.ts";
import { SettleError } from "./settle-error.ts";
import type { ListOptions, StoreReader } from "./store-reader.ts";
import { ChangeHistory, eventOf, type WatchEvent, type WatchOptions } from "./watch.ts";

/** More rounds than any chain of controllers needs; reaching it means that two of them fight. */
const MAX_ROUNDS = 1000;

/** What a store works with. */
export interface StoreOptions {
  /** Run in this order, round by round, inside every `apply`. */
  readonly controllers?: readonly Controller[];
  /** For creationTimestamp and the controllers' clock. Default: the system's clock. */
  readonly now?: () => Date;
}

/** Called with the net changes of a batch, once it has settled. */
export type ChangeListener = (changes: readonly Change[]) => void;

/**
 * The one place for state. A batch settles synchronously: when `apply` returns, every controller has
 * done its work and every subscriber has seen the result, once, as if it had happened in one step.
 */
export class Store implements StoreReader {
  readonly #objects: ObjectStorage;
  readonly #loops: readonly Loop[];
  /** The loops that want changes of a kind; filled when a kind is first changed. */
  readonly #loopsOf = new Map<string, readonly Loop[]>();
  readonly #subscriptions = new Set<{ readonly listener: ChangeListener }>();
  readonly #now: () => Date;
  readonly #history = new ChangeHistory();
  readonly #pending: Batch[] = [];
  #settling = false;

  constructor({ controllers = [], now = () => new Date() }: StoreOptions = {}) {
    this.#objects = new ObjectStorage();
    this.#loops = controllers.map((controller) => ({ controller, missed: NONE, fresh: NONE }));
    this.#now = now;
  }

  get resourceVersion(): number {
    return this.#objects.resourceVersion;
  }

  /** The object, in its newest version. Its namespace is empty where its kind has none. */
  get<K extends KnownKind>(kind: K, namespace: string, name: string): KnownKinds[K] | undefined;
  /** The object, in its newest version. Its namespace is empty where its kind has none. */
  get(kind: string, namespace: string, name: string): KubernetesObject | undefined;
  get(kind: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.#objects.get(kind, namespace, name);
  }

  /** Objects of a kind in order of creation, namespace by namespace. */
  list<K extends KnownKind>(kind: K, options?: ListOptions): KnownKinds[K][];
  /** Objects of a kind in order of creation, namespace by namespace. */
  list(kind: string, options?: ListOptions): KubernetesObject[];
  list(kind: string, options: ListOptions = {}): KubernetesObject[] {
    return this.#objects.list(kind, options);
  }

  count(kind: string, namespace?: string): number {
    return this.#objects.count(kind, namespace);
  }

  dependents(uid: string): KubernetesObject[] {
    return this.#objects.dependents(uid);
  }

  kinds(): string[] {
    return this.#objects.kinds();
  }

  /**
   * Applies the operations in order, lets the controllers settle, then tells the subscribers.
   * Called from within a subscriber, the batch runs when the current one is done.
   * @returns the net changes; a batch that ends where it began returns none.
   * @throws SettleError when an operation, a controller or a subscriber failed, or controllers do not
   *   settle: after everything else was done and everyone told, queued batches included.
   */
  apply(batch: readonly Operation[]): readonly Change[] {
    return this.#run({ operations: batch, ticks: false });
  }

  /** When `tick` should be called; undefined when no controller waits for a time. */
  nextWake(): Date | undefined {
    let earliest: Date | undefined;
    for (const { controller } of this.#loops) {
      const wake = controller.nextWake?.();
      if (wake !== undefined && (earliest === undefined || wake < earliest)) earliest = wake;
    }
    return earliest;
  }

  /** Lets the controllers whose time has come do their work, as `apply` would. */
  tick(): readonly Change[] {
    return this.#run({ operations: [], ticks: true });
  }

  /** Calls the listener synchronously after every batch that changed something. */
  subscribe(listener: ChangeListener): () => void {
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
    };
  }

  /**
   * Tells of one kind's objects as an API server's watch does: first what there is (or what has happened
   * since a version), then every change, synchronously and batch by batch.
   * @returns stops the watch.
   * @throws UnsupportedFieldError, ResourceVersionExpiredError
   */
  watch(kind: string, options: WatchOptions, listener: (event: WatchEvent) => void): () => void {
    if (options.fieldSelector !== undefined) checkFields(kind, options.fieldSelector);
    const tell = (changes: readonly Change[]) => {
      for (const change of changes) {
        const event = eventOf(change, kind, options);
        if (event !== undefined) listener(event);
      }
    };
    const { resourceVersion } = options;
    if (resourceVersion !== undefined) {
      tell(this.#history.since(resourceVersion, this.resourceVersion));
    } else {
      for (const object of this.list(kind, options)) listener({ type: "ADDED", object });
      listener({ type: "BOOKMARK", resourceVersion: String(this.resourceVersion) });
    }
    return this.subscribe(tell);
  }

  #run(batch: Batch): readonly Change[] {
    this.#pending.push(batch);
    if (this.#settling) return [];
    this.#settling = true;
    const errors: Error[] = [];
    let first: readonly Change[] | undefined;
    try {
      for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
        const net = this.#settle(next, errors);
        first ??= net;
        if (net.length === 0) continue;
        this.#history.record(net, this.resourceVersion);
        this.#notify(net, errors);
      }
    } finally {
      this.#settling = false;
    }
    if (errors.length > 0) throw new SettleError(errors, first ?? []);
    return first ?? [];
  }

  #settle({ operations, ticks }: Batch, errors: Error[]): readonly Change[] {
    const now = this.#now();
    const log: Change[] = [];
    this.#perform(operations, now, log, (error) => errors.push(failure("batch", error)));
    const failed = new Set<Loop>();
    const due = new Set(ticks ? this.#loops.filter((loop) => isDue(loop, now)) : NOBODY);
    let rounds = 0;
    for (let busy = true; busy; rounds++) {
      busy = false;
      for (const loop of this.#loops) {
        if (failed.has(loop)) continue;
        const isDue = due.delete(loop);
        const { fresh } = loop;
        loop.fresh = NONE;
        const unseen =
          loop.missed.length > 0 && log.length > 0 ? [...loop.missed, ...fresh] : fresh;
        if (unseen.length === 0 && !isDue) continue;
        if (rounds === MAX_ROUNDS) {
          errors.push(new Error(`controllers do not settle; last: ${describeLast(log)}`));
          failed.add(loop);
          loop.missed = unseen;
          continue;
        }
        busy = true;
        try {
          const wanted = loop.controller.reconcile(unseen, this, now);
          loop.missed = NONE;
          this.#perform(wanted, now, log, (error) =>
            errors.push(failure(loop.controller.name, error)),
          );
        } catch (error) {
          failed.add(loop);
          loop.missed = unseen.length > 0 ? unseen : loop.missed;
          errors.push(failure(loop.controller.name, error));
        }
      }
    }
    // Changes that came after a failure are passed on together with those that failed.
    for (const loop of failed) {
      loop.missed = [...loop.missed, ...loop.fresh];
      loop.fresh = NONE;
    }
    return netChanges(log);
  }

  /** Performs the operations, and queues the changes for the controllers that want changes of that kind. */
  #perform(
    operations: readonly Operation[],
    now: Date,
    log: Change[],
    onError: (error: unknown) => void,
  ): void {
    const from = log.length;
    this.#objects.perform(operations, now, log, onError);
    for (let i = from; i < log.length; i++) {
      const change = log[i]!;
      for (const loop of this.#interestedIn(change.kind)) {
        if (loop.fresh === NONE) loop.fresh = [change];
        else loop.fresh.push(change);
      }
    }
  }

  #interestedIn(kind: string): readonly Loop[] {
    let loops = this.#loopsOf.get(kind);
    if (loops === undefined) {
      loops = this.#loops.filter(({ controller: { kinds } }) => kinds?.has(kind) ?? true);
      this.#loopsOf.set(kind, loops);
    }
    return loops;
  }

  #notify(changes: readonly Change[], errors: Error[]): void {
    for (const subscription of [...this.#subscriptions]) {
      if (!this.#subscriptions.has(subscription)) continue;
      try {
        subscription.listener(changes);
      } catch (error) {
        errors.push(failure("subscriber", error));
      }
    }
  }
}

interface Batch {
  readonly operations: readonly Operation[];
  /** Whether controllers are called for the time alone. */
  readonly ticks: boolean;
}

interface Loop {
  readonly controller: Controller;
  /** Changes of earlier batches that it has not dealt with, because it threw. */
  missed: readonly Change[];
  /** Changes of the current batch that it has not been given yet. */
  fresh: Change[];
}

function isDue({ controller }: Loop, now: Date): boolean {
  const wake = controller.nextWake?.();
  return wake !== undefined && wake <= now;
}

/** Nothing is ever added to it. */
const NONE: Change[] = [];
const NOBODY: readonly Loop[] = [];

function failure(who: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${who}: ${message}`, { cause });
}

function describeLast(log: readonly Change[]): string {
  return log
    .slice(-3)
    .map(({ type, kind, object: { metadata } }) => {
      return `${type} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
    })
    .join(", ");
}
