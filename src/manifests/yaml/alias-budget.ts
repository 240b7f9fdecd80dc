/** Up to so many values nearly all of them may come from aliases; above, fewer. */
const SMALL = 400_000;
const LARGE = 4_000_000;

/**
 * Counts the values of a document and those that aliases add, and stops "billion laughs": a few lines of
 * anchors can stand for billions of values. The limits are those of kubectl's parser.
 */
export class AliasBudget {
  /** So far, with what aliases stand for. */
  values = 0;
  #aliased = 0;

  count(): void {
    this.values++;
  }

  /** @returns whether an alias may add so many values. */
  expand(size: number): boolean {
    this.values += size;
    this.#aliased += size;
    if (this.#aliased <= 100 || this.values <= 1000) return true;
    return this.#aliased / this.values <= allowedShare(this.values);
  }
}

function allowedShare(values: number): number {
  if (values <= SMALL) return 0.99;
  if (values >= LARGE) return 0.1;
  return 0.99 - (0.89 * (values - SMALL)) / (LARGE - SMALL);
}
