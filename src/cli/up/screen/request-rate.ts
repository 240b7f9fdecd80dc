/** Milliseconds over which a rate is taken. */
const WINDOW = 5000;

/** Requests per second of the last few seconds, by name. */
export class RequestRate {
  readonly #now: () => number;
  readonly #times = new Map<string, number[]>();

  /** @param now milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(name: string): void {
    const times = this.#times.get(name);
    if (times === undefined) this.#times.set(name, [this.#now()]);
    else times.push(this.#now());
  }

  of(name: string): number {
    const times = this.#times.get(name) ?? [];
    const since = this.#now() - WINDOW;
    const first = times.findIndex((time) => time > since);
    times.splice(0, first < 0 ? times.length : first);
    return times.length / (WINDOW / 1000);
  }
}
