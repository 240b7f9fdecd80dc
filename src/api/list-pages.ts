import { LRUCache } from "lru-cache";
import type { KubernetesObject } from "../objects/object.ts";
import { badRequest, expired } from "./status.ts";

export interface ObjectList {
  readonly items: readonly KubernetesObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** How long old lists are kept: an API server forgets them with etcd's compaction. */
const KEPT_FOR = 5 * 60 * 1000;
const KEPT = 200;

/**
 * Lists in pages. All pages show the state at the first one; that costs little, as objects are never changed in place
 * and a list only refers to them.
 */
export class ListPages {
  readonly #lists = new LRUCache<string, readonly KubernetesObject[]>({ max: KEPT, ttl: KEPT_FOR });
  #count = 0;

  first(items: readonly KubernetesObject[], resourceVersion: string, limit: number): ObjectList {
    if (limit <= 0 || items.length <= limit) return { items, resourceVersion };
    const list = `${resourceVersion}.${this.#count++}`;
    this.#lists.set(list, items);
    return this.#page(list, items, 0, limit);
  }

  /** @throws StatusError for an invalid token, or one whose list is not kept any more */
  next(token: string, limit: number): ObjectList {
    const [, list, from] = /^(\d+\.\d+)\/(\d+)$/.exec(decode(token)) ?? [];
    if (list === undefined) throw badRequest("continue key is not valid");
    const items = this.#lists.get(list);
    if (items === undefined) {
      throw expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
      );
    }
    return this.#page(list, items, Number(from), limit <= 0 ? items.length : limit);
  }

  #page(list: string, items: readonly KubernetesObject[], from: number, limit: number): ObjectList {
    const end = from + limit;
    const page = items.slice(from, end);
    const resourceVersion = list.split(".")[0]!;
    if (end >= items.length) return { items: page, resourceVersion };
    return {
      items: page,
      resourceVersion,
      continue: Buffer.from(`${list}/${end}`).toString("base64url"),
      remainingItemCount: items.length - end,
    };
  }
}

function decode(token: string): string {
  return Buffer.from(token, "base64url").toString("latin1");
}
