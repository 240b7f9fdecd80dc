import type { OfContainer, RuntimeEvent } from "./event.ts";

/** Characters that are kept of a container run. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** A line of a container's output. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly line: string;
}

/** The end of one container run's output, and its followers. */
class RunLog {
  lines: LogLine[] = [];
  #length = 0;
  isOver = false;
  readonly pid: number | undefined;
  readonly followers = new Set<() => void>();

  constructor(pid?: number) {
    this.pid = pid;
  }

  add(line: LogLine): void {
    this.lines.push(line);
    this.#length += line.line.length + 1;
    if (this.#length > MAX_LENGTH) this.#forget();
    for (const follower of this.followers) follower();
  }

  end(): void {
    this.isOver = true;
    for (const follower of this.followers) follower();
  }

  /** The older half is dropped at once: removing line by line from the front would move all others each time. */
  #forget(): void {
    const kept = this.lines.slice(Math.ceil(this.lines.length / 2));
    this.lines = kept;
    this.#length = kept.reduce((sum, { line }) => sum + line.length + 1, 0);
  }
}

/** Selects lines. */
export interface LogQuery {
  readonly follow?: boolean;
  /** Those of the run before the current one. */
  readonly previous?: boolean;
  readonly tailLines?: number;
  /** Milliseconds since the epoch. */
  readonly since?: number;
}

/** The output of local pods' containers: the current run's and that of the run before. */
export class PodLogs {
  readonly #runs = new Map<string, { current: RunLog; previous: RunLog | undefined }>();
  /** Callers that wait for a container to run. */
  readonly #awaited = new Map<string, Set<() => void>>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Records an event of the runtime. */
  note(event: RuntimeEvent): void {
    switch (event.type) {
      case "started": {
        const id = idOf(event.pod, event.container);
        const before = this.#runs.get(id)?.current;
        before?.end();
        this.#runs.set(id, { current: new RunLog(event.pid), previous: before });
        for (const started of [...(this.#awaited.get(id) ?? [])]) started();
        break;
      }
      case "output":
        this.#runOf(event)?.add({ time: this.#now(), line: event.line });
        break;
      case "exited":
        this.#runOf(event)?.end();
        break;
      case "stopped":
        for (const id of this.#runs.keys()) {
          if (id.startsWith(idOf(event.pod, ""))) this.#runs.delete(id);
        }
    }
  }

  /** The last lines of a container's run, then new ones as they come, then those of later runs. */
  async *follow(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
    tailLines: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly LogLine[]> {
    const id = idOf(pod, container);
    let last: RunLog | undefined;
    while (!signal.aborted) {
      const run = this.#runs.get(id)?.current;
      if (run === undefined || run === last) {
        await this.#started(id, signal);
        continue;
      }
      last = run;
      yield* linesOf(run, { follow: true, tailLines }, signal);
    }
  }

  /** A run may end after the next has begun, which took its place without a gap. */
  #runOf({ pod, container, pid }: OfContainer & { readonly pid?: number }): RunLog | undefined {
    const runs = this.#runs.get(idOf(pod, container));
    return [runs?.current, runs?.previous].find((run) => run?.pid === pid);
  }

  /** Resolves when the container has been started, or the signal aborts. */
  #started(id: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#awaited.get(id) ?? new Set();
      const done = () => {
        waiting.delete(done);
        if (waiting.size === 0) this.#awaited.delete(id);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#awaited.set(id, waiting.add(done));
      signal.addEventListener("abort", done, { once: true });
    });
  }

  /**
   * The lines of a container, as they come where they are followed.
   * @returns undefined when it has not run here
   */
  read(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
    query: LogQuery,
    signal: AbortSignal,
  ): AsyncIterable<readonly LogLine[]> | undefined {
    const runs = this.#runs.get(idOf(pod, container));
    const run = query.previous ? runs?.previous : runs?.current;
    return run && linesOf(run, query, signal);
  }
}

async function* linesOf(
  run: RunLog,
  { follow = false, tailLines, since = 0 }: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly LogLine[]> {
  let lines: readonly LogLine[] = run.lines.filter(({ time }) => time >= since);
  if (tailLines !== undefined) lines = tailLines === 0 ? [] : lines.slice(-tailLines);
  let last = run.lines.at(-1);
  if (lines.length > 0) yield lines;
  while (follow && !signal.aborted) {
    // Old lines may have been dropped meanwhile, so the position is computed anew.
    const fresh = run.lines.slice(last === undefined ? 0 : run.lines.lastIndexOf(last) + 1);
    if (fresh.length > 0) {
      last = fresh.at(-1);
      yield fresh;
    } else if (run.isOver) return;
    else await nextChange(run, signal);
  }
}

function nextChange(run: RunLog, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      run.followers.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    run.followers.add(done);
    signal.addEventListener("abort", done, { once: true });
  });
}

function idOf({ namespace, name }: { namespace: string; name: string }, container: string): string {
  return `${namespace}/${name}/${container}`;
}
