import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { FolderWatches, type Interest, type WatchFolder } from "./folder-watches.ts";
import { notWatched } from "./path-findings.ts";

/** Milliseconds from the first word of a change to the look at it: more words are on their way. */
const GATHER = 20;
const SELDOM = 5_000;
/** Milliseconds between two looks where the system does not tell of changes. */
const OFTEN = 1_000;
/** The shares of the time that these looks may take at most, for large trees. */
const SELDOM_SHARE = 0.01;
const OFTEN_SHARE = 0.1;
/** The share of the time that looks may take while changes don't end. */
const BUSY_SHARE = 0.5;

export interface LookoutOptions {
  /** Looks. The next time comes when it has ended, and `seldom` after it at the latest. */
  readonly onTime: () => Promise<void>;
  /** A folder whose changes nobody tells of; told once for each reason. */
  readonly onUnwatched: (finding: Diagnostic) => void;
  readonly onError: (error: Error) => void;
  readonly cwd: string;
  readonly watchFolder?: WatchFolder;
  /** Milliseconds between two looks where the system reports changes: it drops reports that come too fast. */
  readonly seldom?: number;
}

/** Says when to look at files: soon after a change, when something waits, and now and then. */
export class Lookout {
  readonly #options: LookoutOptions;
  readonly #watches: FolderWatches;
  readonly #seldom: number;
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends, by `performance.now()`. */
  #due = Number.POSITIVE_INFINITY;
  #isLooking = false;
  #began = 0;
  /** Milliseconds that the last look took. */
  #cost = 0;
  #closed = false;

  constructor(options: LookoutOptions) {
    this.#options = options;
    this.#seldom = options.seldom ?? SELDOM;
    this.#watches = new FolderWatches(
      () => this.#at(performance.now() + GATHER),
      options.watchFolder,
    );
  }

  /** A look begins; what is to be watched is said anew. */
  begin(): void {
    this.#began = performance.now();
    this.#watches.begin();
  }

  /** Watches a folder, before it is listed. */
  readonly add = (folder: string, interest: Interest): Promise<void> =>
    this.#watches.add(folder, interest);

  /** Everything that is to be watched was said. */
  end(): void {
    this.#watches.end();
    const seconds = OFTEN / 1_000;
    for (const unwatched of this.#watches.unwatched) {
      if (this.#told.has(unwatched.reason)) continue;
      this.#told.add(unwatched.reason);
      this.#options.onUnwatched(notWatched(unwatched, this.#options.cwd, seconds));
    }
  }

  /** The look has ended. @param at when something that it saw may count, by `performance.now()`. */
  again(at: number): void {
    const now = performance.now();
    this.#cost = now - this.#began;
    const isBlind = this.#watches.unwatched.length > 0;
    const pause = isBlind
      ? Math.max(OFTEN, this.#cost / OFTEN_SHARE)
      : Math.max(this.#seldom, this.#cost / SELDOM_SHARE);
    this.#at(now + pause);
    this.#at(at);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watches.close();
  }

  #at(due: number): void {
    if (this.#closed || due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    if (this.#isLooking) return;
    const wait = Math.max(due - performance.now(), this.#cost * (1 / BUSY_SHARE - 1));
    this.#timer = setTimeout(() => void this.#look(), wait);
  }

  async #look(): Promise<void> {
    this.#due = Number.POSITIVE_INFINITY;
    this.#isLooking = true;
    try {
      await this.#options.onTime();
    } catch (error) {
      this.#options.onError(error instanceof Error ? error : new Error(String(error)));
      // It did not come to say when to look again.
      this.#at(performance.now() + this.#seldom);
    }
    this.#isLooking = false;
    const due = this.#due;
    this.#due = Number.POSITIVE_INFINITY;
    this.#at(due);
  }
}
