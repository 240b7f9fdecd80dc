/**
 * When which object has to be checked again even without a change. Times in milliseconds. A heap, since the earliest
 * time is asked for at every change. Replaced and removed entries stay in the heap until they come to the top.
 */
export class WakeTimes {
  readonly #times = new Map<string, number>();
  /** No entry is earlier than its parent, at half its index. */
  #heap: Wake[] = [];

  /** @param time undefined removes it. */
  set(key: string, time: number | undefined): void {
    if (time === undefined) {
      this.#times.delete(key);
    } else if (this.#times.get(key) !== time) {
      this.#times.set(key, time);
      this.#push({ key, time });
    }
  }

  next(): Date | undefined {
    const first = this.#first();
    return first && new Date(first.time);
  }

  /** Removes and returns the keys whose time has come, the earliest first. */
  due(now: Date): string[] {
    const keys: string[] = [];
    for (let first = this.#first(); first; first = this.#first()) {
      if (first.time > now.getTime()) break;
      keys.push(first.key);
      this.#times.delete(first.key);
    }
    return keys;
  }

  /** The earliest time that is still valid. */
  #first(): Wake | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#times.get(first.key) === first.time) return first;
      this.#dropFirst();
    }
    return undefined;
  }

  #push(wake: Wake): void {
    const wanted = this.#times.size;
    if (this.#heap.length > 2 * wanted + 16) {
      // A sorted array is a valid heap.
      this.#heap = [...this.#times].map(([key, time]) => ({ key, time })).sort(earliestFirst);
      return;
    }
    const heap = this.#heap;
    let at = heap.length;
    for (let up = (at - 1) >> 1; at > 0 && heap[up]!.time > wake.time; up = (at - 1) >> 1) {
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = wake;
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (let down = 1; down < heap.length; down = 2 * at + 1) {
      if (down + 1 < heap.length && heap[down + 1]!.time < heap[down]!.time) down++;
      if (heap[down]!.time >= last.time) break;
      heap[at] = heap[down]!;
      at = down;
    }
    heap[at] = last;
  }
}

interface Wake {
  readonly key: string;
  readonly time: number;
}

function earliestFirst(a: Wake, b: Wake): number {
  return a.time - b.time;
}
