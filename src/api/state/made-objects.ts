import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import { idOfKey, keyOf, type ObjectKey } from "../../objects/object-key.ts";
import type { Pod } from "../../objects/pod.ts";
import type { Store } from "../../store/store.ts";
import { Journal, readJournal, replay } from "./journal.ts";
import { lockState } from "./state-lock.ts";

export interface MadeObjectsOptions {
  readonly store: Store;
  /** Information that is no error. */
  readonly onTold: (message: string) => void;
  /** A change by a control loop, for which no client waits, could not be written. */
  readonly onError: (error: Error) => void;
}

/** Where objects are kept. */
interface Folder {
  readonly journal: Journal;
  readonly unlock: () => Promise<void>;
}

/**
 * The objects that were made through the API and are in no file. Once a folder is set, they are kept in it, each with
 * its last state, and restored in the next run. Objects that control loops derive from them are not kept: they are
 * derived again.
 */
export class MadeObjects {
  readonly #options: MadeObjectsOptions;
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #unsubscribe: () => void;
  #folder: Folder | undefined;

  constructor(options: MadeObjectsOptions) {
    this.#options = options;
    this.#unsubscribe = options.store.subscribe((changes) => {
      if (this.#objects.size === 0) return;
      for (const { type, object } of changes) this.#follow(object, type === "deleted");
    });
  }

  /**
   * Puts the folder's objects into the store, and keeps new ones there from now on.
   * @param isOfFile objects in files are not kept
   * @throws StateInUseError, StateDamagedError, the error of reading or writing
   */
  async keepIn(folder: string, isOfFile: (key: ObjectKey) => boolean): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const unlock = await lockState(folder);
    try {
      const file = join(folder, "objects.jsonl");
      const { entries, torn } = readJournal(await textOf(file), file);
      const found = [...replay(entries).values()].filter(
        (object) => !isOfFile(keyOf(object)) && !isEnding(object),
      );
      for (const object of found) this.#objects.set(idOfKey(keyOf(object)), object);
      const journal = new Journal(file, () => this.#objects.values());
      // Written at once, so that an unwritable folder is reported before a client relies on it.
      await journal.compact();
      this.#folder = { journal, unlock };
      if (torn !== undefined) {
        this.#options.onTold(
          `${file}: ${torn}: it was being written when the last run ended, and is left out`,
        );
      }
      const restored = found.sort(definitionsFirst).map(asRestored);
      this.#options.store.apply(restored.map((object) => ({ op: "put", object })));
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  keys(): ObjectKey[] {
    return [...this.#objects.values()].map(keyOf);
  }

  /** It was made through the API. */
  add(object: KubernetesObject): void {
    if (isPassing(object)) return;
    this.#objects.set(idOfKey(keyOf(object)), object);
    this.#folder?.journal.append({ put: object });
  }

  /** It is in a file from now on. */
  release(key: ObjectKey): void {
    if (this.#objects.delete(idOfKey(key))) this.#folder?.journal.append({ delete: key });
  }

  /** Resolves when everything so far is on disk, if it is kept there. @throws the error of writing */
  async saved(): Promise<void> {
    await this.#folder?.journal.saved();
  }

  /** Keeps the present state and stops following: what happens to pods during shutdown is not kept. */
  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#folder?.journal.close();
    await this.#folder?.unlock();
    this.#folder = undefined;
  }

  #follow(object: KubernetesObject, isGone: boolean): void {
    const key = keyOf(object);
    const id = idOfKey(key);
    if (!this.#objects.has(id)) return;
    if (isGone) this.#objects.delete(id);
    else this.#objects.set(id, object);
    if (this.#folder === undefined) return;
    const { journal } = this.#folder;
    journal.append(isGone ? { delete: key } : { put: object });
    journal.saved().catch(this.#options.onError);
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Events are about this run only. */
function isPassing({ kind }: KubernetesObject): boolean {
  return kind === "Event";
}

/** The process that was ending it is gone. */
function isEnding(object: KubernetesObject): boolean {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  return isPod(object) && deletionTimestamp !== undefined && finalizers.length === 0;
}

/** A Pod that has ended keeps its status; no other Pod is running any more. */
function asRestored(object: KubernetesObject): KubernetesObject {
  if (!isPod(object)) return object;
  const phase = (object as Pod).status?.phase;
  if (phase === "Succeeded" || phase === "Failed") return object;
  const { status: _, ...rest } = object;
  return rest;
}

function isPod(object: KubernetesObject): boolean {
  return groupKindOf(object) === "Pod";
}

/** Definitions come first: they determine which kinds exist and whether those have namespaces. */
function definitionsFirst(a: KubernetesObject, b: KubernetesObject): number {
  return Number(isDefinition(b)) - Number(isDefinition(a));
}

function isDefinition({ kind }: KubernetesObject): boolean {
  return kind === "CustomResourceDefinition";
}
