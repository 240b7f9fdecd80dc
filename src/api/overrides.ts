import type { KubernetesObject } from "../objects/object.ts";
import { idOfKey, type ObjectKey } from "../objects/object-key.ts";
import { timestamp } from "../objects/timestamp.ts";
import { jsonEqual } from "../store/equal.ts";

/** A change through the API to an object in a file. It lasts until that file changes. */
export interface Override {
  readonly key: ObjectKey;
  readonly how: "changed" | "deleted";
  /** The field manager, where the request named one. */
  readonly by?: string;
  /** RFC 3339. */
  readonly at: string;
}

interface Entry {
  readonly override: Override;
  /** The object as its file describes it. */
  readonly original: KubernetesObject;
}

/** A write through the API. */
export interface ApiWrite {
  readonly key: ObjectKey;
  readonly before: KubernetesObject | undefined;
  readonly after: KubernetesObject | undefined;
  /** The field manager; empty where the request names none. */
  readonly by: string;
}

/** The objects that differ from their files because a client changed them through the API. */
export class Overrides {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  has(key: ObjectKey): boolean {
    return this.#entries.has(idOfKey(key));
  }

  list(): Override[] {
    return [...this.#entries.values()].map(({ override }) => override);
  }

  /** Records a change of an object in a file. If it makes the object equal to the file again, the record is removed. */
  note({ key, before, after, by }: ApiWrite): void {
    const id = idOfKey(key);
    const original = this.#entries.get(id)?.original ?? before;
    if (original === undefined) return;
    const isDeleted = after === undefined || after.metadata.deletionTimestamp !== undefined;
    if (!isDeleted && isSameToFile(original, after)) {
      this.#entries.delete(id);
      return;
    }
    const at = timestamp(this.#now());
    const how = isDeleted ? "deleted" : "changed";
    this.#entries.set(id, { original, override: { key, how, at, ...(by && { by }) } });
  }

  /** Its file was changed and applies again. */
  forget(key: ObjectKey): void {
    this.#entries.delete(idOfKey(key));
  }
}

/** Status, finalizers and the like are not part of the comparison with a file. */
function isSameToFile(a: KubernetesObject, b: KubernetesObject): boolean {
  return jsonEqual(told(a), told(b));
}

function told({ metadata, status: _, ...rest }: KubernetesObject): unknown {
  const { labels = {}, annotations = {} } = metadata;
  const { [LAST_APPLIED]: _applied, ...others } = annotations;
  return { ...rest, labels, annotations: others };
}

/** The annotation in which `kubectl apply` keeps what it applied. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
