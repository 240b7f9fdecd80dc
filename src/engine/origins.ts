import { deletionOf } from "../api/deletion.ts";
import { counted } from "../api/generation.ts";
import { type ApiWrite, type Override, Overrides } from "../api/overrides.ts";
import { MadeObjects, type MadeObjectsOptions } from "../api/state/made-objects.ts";
import type { SourcePosition } from "../diagnostics/diagnostic.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf, type ObjectKey } from "../objects/object-key.ts";
import type { FileSource } from "../sources/files.ts";
import type { Operation } from "../store/operation.ts";
import type { Store } from "../store/store.ts";

/** Why an object differs from its file. */
export type Origin =
  | { readonly from: "api"; readonly key: ObjectKey; readonly isKept: boolean }
  | ({ readonly from: "file"; readonly position: SourcePosition } & Override);

interface OriginsOptions extends MadeObjectsOptions {
  readonly files: readonly FileSource[];
  readonly now: () => Date;
}

/**
 * Decides between files and the API. An object in a file is set to the file's content each time that file changes; in
 * between, clients of the API may change it. Objects in no file belong to the API alone.
 */
export class Origins {
  readonly #options: OriginsOptions;
  readonly #store: Store;
  readonly #overrides: Overrides;
  readonly #made: MadeObjects;
  #isKept = false;

  constructor(options: OriginsOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#overrides = new Overrides(options.now);
    this.#made = new MadeObjects(options);
  }

  /**
   * Restores what an earlier run kept in the folder, and keeps there what is made through the API.
   * @throws StateInUseError, StateDamagedError, the error of reading or writing
   */
  async keepIn(folder: string): Promise<void> {
    await this.#made.keepIn(folder, (key) => this.#fileOf(key) !== undefined);
    this.#isKept = true;
  }

  /** The objects that files contain now. */
  apply(batch: readonly Operation[]): void {
    for (const operation of batch) {
      if (operation.op !== "put" && operation.op !== "delete") continue;
      const key = operation.op === "put" ? keyOf(operation.object) : operation.key;
      this.#overrides.forget(key);
      this.#made.release(key);
    }
    this.#store.apply(batch.flatMap((operation) => this.#besideTheApi(operation)));
  }

  /** Whether an object of a file is not as the file says. */
  isOverridden(key: ObjectKey): boolean {
    return (
      this.#overrides.has(key) || this.#store.get(key.kind, key.namespace, key.name) === undefined
    );
  }

  /** A client has written through the API. */
  written(write: ApiWrite): void {
    const { key, before, after } = write;
    if (this.#fileOf(key) !== undefined) this.#overrides.note(write);
    else if (before === undefined && after !== undefined) this.#made.add(after);
  }

  saved(): Promise<void> {
    return this.#made.saved();
  }

  list(): Origin[] {
    const made = this.#made
      .keys()
      .map((key): Origin => ({ from: "api", key, isKept: this.#isKept }));
    const overridden = this.#overrides.list().flatMap((override): Origin[] => {
      const position = this.#fileOf(override.key);
      return position === undefined ? [] : [{ from: "file", position, ...override }];
    });
    return [...made, ...overridden];
  }

  close(): Promise<void> {
    return this.#made.close();
  }

  #fileOf(key: ObjectKey): SourcePosition | undefined {
    for (const source of this.#options.files) {
      const loaded = source.find(key);
      if (loaded !== undefined) return loaded.locate([]);
    }
    return undefined;
  }

  /**
   * Finalizers that others put on an object are kept when a file changes or drops it: their work must be done first.
   */
  #besideTheApi(operation: Operation): Operation[] {
    if (operation.op !== "put" && operation.op !== "delete") return [operation];
    const { kind, namespace, name } =
      operation.op === "put" ? keyOf(operation.object) : operation.key;
    const current = this.#store.get(kind, namespace, name);
    if (current === undefined) return [operation];
    if (operation.op === "put") {
      const { object } = operation;
      const isCounted = current.metadata.generation !== undefined;
      return [
        { op: "put", object: withWork(isCounted ? counted(current, object) : object, current) },
      ];
    }
    if ((current.metadata.finalizers ?? []).length === 0) return [operation];
    const situation = { now: this.#options.now(), isEndedLater: false, dependents: [] };
    return deletionOf(current, { preconditions: {} }, situation);
  }
}

function withWork(next: KubernetesObject, { metadata }: KubernetesObject): KubernetesObject {
  const { finalizers, deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (finalizers === undefined && deletionTimestamp === undefined) return next;
  return {
    ...next,
    metadata: {
      ...(finalizers && { finalizers }),
      ...next.metadata,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
    },
  };
}
