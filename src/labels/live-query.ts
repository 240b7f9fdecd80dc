import type { Selector } from "./selector.ts";

/** What happens to the result of a live query. */
export type LiveQueryEvent = "added" | "removed";

/** The current result of a selector over a `LabelIndex`, kept up to date. */
export interface LiveQuery<K> {
  readonly selector: Selector;
  /** The number of selected items. */
  readonly size: number;
  /** Whether an item is selected. */
  has(id: K): boolean;
  /** The ids of the selected items, in the order in which they came in. */
  [Symbol.iterator](): IterableIterator<K>;
  /**
   * Calls `listener` for each item that comes into the result or leaves it from now on, once the
   * index holds the change. An item whose labels change and still match is no event. Returns what
   * stops the calls.
   */
  on(event: LiveQueryEvent, listener: (id: K) => void): () => void;
  /** Ends the query: no more events, and the result stays as it is. */
  close(): void;
}

/** The side of a live query that its index writes to. */
export class LiveResult<K> implements LiveQuery<K> {
  readonly selector: Selector;
  #ids: Set<K>;
  #listeners = { added: new Set<(id: K) => void>(), removed: new Set<(id: K) => void>() };
  #close: (query: LiveResult<K>) => void;

  constructor(selector: Selector, ids: Iterable<K>, close: (query: LiveResult<K>) => void) {
    this.selector = selector;
    this.#ids = new Set(ids);
    this.#close = close;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: K): boolean {
    return this.#ids.has(id);
  }

  [Symbol.iterator](): IterableIterator<K> {
    return this.#ids.values();
  }

  on(event: LiveQueryEvent, listener: (id: K) => void): () => void {
    const listeners = this.#listeners[event];
    // Two registrations of one function are two.
    const own = (id: K) => listener(id);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  close(): void {
    this.#listeners.added.clear();
    this.#listeners.removed.clear();
    this.#close(this);
  }

  /** Sets whether an item is selected; true when that is a change. */
  update(id: K, selected: boolean): boolean {
    if (this.#ids.has(id) === selected) return false;
    if (selected) this.#ids.add(id);
    else this.#ids.delete(id);
    return true;
  }

  /** Tells the listeners. */
  emit(event: LiveQueryEvent, id: K): void {
    for (const listener of [...this.#listeners[event]]) listener(id);
  }
}
