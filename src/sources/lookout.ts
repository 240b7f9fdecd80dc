import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { FolderWatches, type Interest, type WatchFolder } from "./folder-watches.ts";
import { notWatched } from "./path-findings.ts";

/** Milliseconds from the first report of a change until files are checked: more reports usually follow. */
const GATHER = 20;
const SELDOM = 5_000;
/** Milliseconds between two checks where the system does not report changes. */
const OFTEN = 1_000;
/** The largest share of time that these checks may take, for large trees. */
const SELDOM_SHARE = 0.01;
const OFTEN_SHARE = 0.1;
/** The largest share of time that checks may take while changes keep coming. */
const BUSY_SHARE = 0.5;

export interface LookoutOptions {
  /** Checks the files. The next time is after this has ended, at the latest after `seldom`. */
  readonly onTime: () => Promise<void>;
  /** A folder whose changes are not reported; called once for each reason. */
  readonly onUnwatched: (finding: Diagnostic) => void;
  readonly onError: (error: Error) => void;
  readonly cwd: string;
  readonly watchFolder?: WatchFolder;
  /** Milliseconds between two checks where the system reports changes: it drops reports that come too fast. */
  readonly seldom?: number;
}

/** Decides when files are checked: soon after a change, when something waits, and at long intervals. */
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
  /** Milliseconds that the last check took. */
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

  /** A check begins: the folders to watch are named anew. */
  begin(): void {
    this.#began = performance.now();
    this.#watches.begin();
  }

  /** Watches a folder, before it is listed. */
  readonly add = (folder: string, interest: Interest): Promise<void> =>
    this.#watches.add(folder, interest);

  /** All folders to watch were named. */
  end(): void {
    this.#watches.end();
    const seconds = OFTEN / 1_000;
    for (const unwatched of this.#watches.unwatched) {
      if (this.#told.has(unwatched.reason)) continue;
      this.#told.add(unwatched.reason);
      this.#options.onUnwatched(notWatched(unwatched, this.#options.cwd, seconds));
    }
  }

  /** The check has ended. @param at when a change that waits may be taken over, by `performance.now()`. */
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
      // It failed before it could say when to check again.
      this.#at(performance.now() + this.#seldom);
    }
    this.#isLooking = false;
    const due = this.#due;
    this.#due = Number.POSITIVE_INFINITY;
    this.#at(due);
  }
}
