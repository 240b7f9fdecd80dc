import { isBlank, isSameSeen, type Seen } from "./seen.ts";

/** Milliseconds for which a file must have stood still before what it says counts. */
export interface Patience {
  /** When nothing speaks against it: an editor writes more than once. */
  readonly settle: number;
  /** When it may be a part of what is being written. */
  readonly writing: number;
  /** When it is not there: an editor or `git checkout` puts it back. */
  readonly removal: number;
  /** When it never stands still and looks whole each time. */
  readonly whole: number;
}

export const PATIENCE: Patience = { settle: 50, writing: 1_000, removal: 500, whole: 2_000 };

/** What was seen of a file and does not count yet. */
interface Waiting<T> {
  readonly seen: Seen;
  /** Since when it was seen just so. */
  readonly since: number;
  /** Since when it is not as in the state that is served. */
  readonly first: number;
  /** What it says, once it was read. */
  next: T | undefined;
}

/**
 * Decides when what is on disk is what is meant. Who writes a file (a shell's `>`, `helm template`) empties it
 * first and fills it in pieces: none of what it is on the way may end a pod.
 */
export class Standing<T extends { readonly seen: Seen }> {
  readonly #patience: Patience;
  readonly #isWorse: (next: T, before: T | undefined) => boolean;
  readonly #waiting = new Map<string, Waiting<T>>();

  /** @param isWorse whether what a file says may be a part of what is being written. */
  constructor(patience: Patience, isWorse: (next: T, before: T | undefined) => boolean) {
    this.#patience = patience;
    this.#isWorse = isWorse;
  }

  /** Whether something was seen that does not count yet. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** What was seen last, though it does not count yet. */
  lastSeen(path: string): Seen | undefined {
    return this.#waiting.get(path)?.seen;
  }

  /** The file is as it was served. */
  forget(path: string): void {
    this.#waiting.delete(path);
  }

  /**
   * Decides whether a changed file is taken as it is, or looked at again because it may still be being written.
   * @param seen what the file is like now; differs from what `before` was read from.
   * @param read reads the file; called at most once for each `seen`, and not while the file keeps changing.
   * @returns the state to use from now on, or the time of the next look.
   */
  consider(
    path: string,
    seen: Seen,
    before: T | undefined,
    read: (seen: Seen) => T,
    now: number,
  ): { readonly state: T } | { readonly again: number } {
    let waiting = this.#waiting.get(path);
    if (waiting === undefined || !isSameSeen(waiting.seen, seen)) {
      waiting = { seen, since: now, first: waiting?.first ?? now, next: undefined };
      this.#waiting.set(path, waiting);
    }
    const { settle, writing, removal, whole } = this.#patience;
    const { since, first } = waiting;
    if (seen.missing) {
      if (now - since < removal) return { again: since + removal };
    } else if (seen.text === undefined || isCutOff(seen.text, before?.seen.text)) {
      if (now - since < writing) return { again: since + writing };
    } else if (now - since < settle && now - first < whole) {
      return { again: since + settle };
    }
    waiting.next ??= read(seen);
    if (!seen.missing && now - since < writing && this.#isWorse(waiting.next, before)) {
      return { again: since + writing };
    }
    this.#waiting.delete(path);
    return { state: waiting.next };
  }
}

/** How much of the end of a file is compared. */
const TAIL = 64;

/** Whether a text looks like the beginning of what is being written: it lost its end, or the line break there. */
function isCutOff(text: string, before: string | undefined): boolean {
  if (isBlank(text)) return true;
  if (before === undefined || isBlank(before)) return false;
  if (before.endsWith("\n") && !text.endsWith("\n")) return true;
  return text.length < before.length && !text.endsWith(before.slice(-TAIL));
}
