import type { KubernetesObject } from "../objects/object.ts";
import type { Change } from "./operation.ts";
import { isSelected, type ListOptions } from "./selection.ts";

/** What a watch tells, as an API server's does. */
export type WatchEvent =
  | {
      readonly type: "ADDED" | "MODIFIED" | "DELETED";
      /** The new state; the last one that was selected when deleted, or no longer selected. */
      readonly object: KubernetesObject;
    }
  | {
      /** Everything up to this version has been told: once after the initial events. */
      readonly type: "BOOKMARK";
      readonly resourceVersion: string;
    };

export interface WatchOptions extends ListOptions {
  /**
   * Where to go on, from an object, a bookmark or `store.resourceVersion`. Absent: what there is comes
   * first, as ADDED, closed by a BOOKMARK.
   */
  readonly resourceVersion?: string;
}

/** The changes since a resource version are no longer known; list, and watch from there. */
export class ResourceVersionExpiredError extends Error {
  override readonly name = "ResourceVersionExpiredError";
  readonly code = "resource-version-expired";
  readonly resourceVersion: string;

  constructor(resourceVersion: string, oldest: number) {
    super(
      `changes since resource version ${JSON.stringify(resourceVersion.slice(0, 40))} are not known, ` +
        `only since ${oldest}; watch without a version to start anew`,
    );
    this.resourceVersion = resourceVersion;
  }
}

/** The change as a watcher of a selection sees it; undefined when neither state is selected. */
export function eventOf(
  change: Change,
  kind: string,
  options: ListOptions,
): WatchEvent | undefined {
  if (change.kind !== kind) return undefined;
  const { type, object, previous } = change;
  const was = previous !== undefined && isSelected(previous, options);
  const is = type !== "deleted" && isSelected(object, options);
  if (is) return { type: was ? "MODIFIED" : "ADDED", object };
  return was ? { type: "DELETED", object: type === "deleted" ? object : previous } : undefined;
}

/** How many changes are remembered for watches that go on from a version. */
const CAPACITY = 1024;

/** The latest changes, oldest first. */
export class ChangeHistory {
  readonly #entries: { readonly version: number; readonly change: Change }[] = [];
  /** Changes up to this version may be missing. */
  #forgotten = 0;

  /** @param version the store's version after the changes. */
  record(changes: readonly Change[], version: number): void {
    for (const change of changes.slice(-CAPACITY)) {
      const { resourceVersion } = change.object.metadata;
      const own = change.type === "deleted" ? version : Number(resourceVersion);
      this.#entries.push({ version: own, change });
    }
    if (changes.length > CAPACITY) this.#forgotten = version;
    // Cut now and then rather than every time.
    if (this.#entries.length <= 2 * CAPACITY) return;
    const gone = this.#entries.splice(0, this.#entries.length - CAPACITY);
    for (const entry of gone) this.#forgotten = Math.max(this.#forgotten, entry.version);
  }

  /**
   * @throws ResourceVersionExpiredError when some of the changes are forgotten, or this store never gave out that
   * version.
   */
  since(resourceVersion: string, latest: number): Change[] {
    const version = /^[0-9]{1,15}$/.test(resourceVersion) ? Number(resourceVersion) : Number.NaN;
    if (!(version >= this.#forgotten && version <= latest)) {
      throw new ResourceVersionExpiredError(resourceVersion, this.#forgotten);
    }
    return this.#entries.filter((entry) => entry.version > version).map(({ change }) => change);
  }
}
