import { isBlank, isSameSeen, type Seen } from "./seen.ts";

/** Milliseconds for which a file must not change before its content is used. */
export interface Patience {
  /** The usual time: editors write more than once. */
  readonly settle: number;
  /** When the content looks like part of what is being written. */
  readonly writing: number;
  /** When the file is missing: an editor or `git checkout` may be replacing it. */
  readonly removal: number;
  /** When it keeps changing but looks complete each time. */
  readonly whole: number;
}

export const PATIENCE: Patience = { settle: 50, writing: 1_000, removal: 500, whole: 2_000 };

/** Content that was read and is not used yet. */
interface Waiting<T> {
  readonly seen: Seen;
  /** Since when the file has had this content. */
  readonly since: number;
  /** Since when it differs from what is served. */
  readonly first: number;
  /** Its parsed content, once it was read. */
  next: T | undefined;
}

/**
 * Decides when a changed file is complete. Programs that write a file (a shell's `>`, `helm template`) empty it first
 * and fill it in pieces: none of these intermediate states may end a pod.
 */
export class Standing<T extends { readonly seen: Seen }> {
  readonly #patience: Patience;
  readonly #isWorse: (next: T, before: T | undefined) => boolean;
  readonly #waiting = new Map<string, Waiting<T>>();

  /** @param isWorse whether the content may be only part of what is being written. */
  constructor(patience: Patience, isWorse: (next: T, before: T | undefined) => boolean) {
    this.#patience = patience;
    this.#isWorse = isWorse;
  }

  /** Whether there is content that is not used yet. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The content that was read last, even if it is not used yet. */
  lastSeen(path: string): Seen | undefined {
    return this.#waiting.get(path)?.seen;
  }

  /** The file is again as it was served. */
  forget(path: string): void {
    this.#waiting.delete(path);
  }

  /**
   * Decides whether a changed file is used as it is, or checked again because it may still be being written.
   * @param seen the file now; differs from what `before` was read from.
   * @param read reads the file; called at most once for each `seen`, and not while the file keeps changing.
   * @returns the state to use from now on, or the time of the next check.
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

/** Whether a text looks incomplete: its end or its last line break is missing. */
function isCutOff(text: string, before: string | undefined): boolean {
  if (isBlank(text)) return true;
  if (before === undefined || isBlank(before)) return false;
  if (before.endsWith("\n") && !text.endsWith("\n")) return true;
  return text.length < before.length && !text.endsWith(before.slice(-TAIL));
}
