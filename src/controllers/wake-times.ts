/** When to look at which object again although nothing changed. Times in milliseconds. */
export class WakeTimes {
  readonly #times = new Map<string, number>();

  /** @param time undefined when there is nothing to wait for. */
  set(key: string, time: number | undefined): void {
    if (time === undefined) this.#times.delete(key);
    else this.#times.set(key, time);
  }

  next(): Date | undefined {
    if (this.#times.size === 0) return undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const time of this.#times.values()) earliest = Math.min(earliest, time);
    return new Date(earliest);
  }

  /** The keys whose time has come; they are forgotten. */
  due(now: Date): string[] {
    const keys: string[] = [];
    for (const [key, time] of this.#times) {
      if (time <= now.getTime()) keys.push(key);
    }
    for (const key of keys) this.#times.delete(key);
    return keys;
  }
}
