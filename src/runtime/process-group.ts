import { type ChildProcess, spawn as nodeSpawn, type SpawnOptions } from "node:child_process";
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { StringMap } from "../objects/object.ts";
import type { Clock } from "./clock.ts";
import { Lines } from "./lines.ts";
import { MARK_VARIABLE, markedProcesses } from "./process-mark.ts";
import { groupIsAlive, processEntry } from "./process-table.ts";
import { Throttle } from "./throttle.ts";

export type Spawn = (
  command: string,
  args: readonly string[],
  options: SpawnOptions,
) => ChildProcess;

export interface ProcessOptions {
  readonly command: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment. */
  readonly env: StringMap;
  readonly clock: Clock;
  readonly spawn?: Spawn;
  /** Told of the process as soon as it runs. @returns called when nothing of it is left */
  readonly record?: (process: StartedProcess) => () => void;
  /** Whether something can be written to it. Default: its input is empty. */
  readonly hasInput?: boolean;
  /** What asks it to end. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Ends what runs on behalf of the process, and that no signal to it reaches. */
  readonly clear?: () => Promise<void>;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
  /** As it comes, before it is told in lines. */
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /** Called once, in the same tick in which the end of the process is seen. */
  readonly onExit: (exit: ProcessExit) => void;
  /** Called once after onExit, when the last output has been read (or nobody closes it). */
  readonly onOutputEnd?: () => void;
}

/** What names a process beyond its end: see {@link MARK_VARIABLE}. */
export interface StartedProcess {
  readonly pid: number;
  readonly startTime: string;
  readonly mark: string;
}

/** How a process ended, in a container's terms. */
export interface ProcessExit {
  /** 128 and the signal's number when a signal ended it; 128 when it could not be started. */
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals;
  /** Why it could not be started. */
  readonly startError?: string;
}

/** How long an ended process' output may stay open: a descendant that left the group may hold it. */
const OUTPUT_PATIENCE = 500;

/** How long SIGKILL may take: a process in the kernel ends when it comes out of it. */
const PATIENCE = 5_000;

/** How often to look whether the last member of a group is gone; the kernel tells nobody but the parent. */
const POLL = 10;

/** A process with all its descendants, in a group of its own: a container, for what signals concern. */
export class ProcessGroup {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Undefined without `hasInput`, too. */
  readonly stdin: Writable | undefined;
  readonly #options: ProcessOptions;
  readonly #ended: Promise<void>;
  readonly #streams: Readable[] = [];
  readonly #mark = randomUUID();
  #startTime = "";
  #forget: () => void = () => {};
  #exited = false;
  #outputEnded = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const [file = "", ...args] = options.command;
    const spawn = options.spawn ?? nodeSpawn;
    let finish: () => void = () => {};
    this.#ended = new Promise((resolve) => {
      finish = resolve;
    });
    const exit = (how: ProcessExit): void => {
      if (this.#exited) return;
      this.#exited = true;
      options.onExit(how);
      finish();
      this.#awaitOutput();
    };
    let child: ChildProcess;
    try {
      child = spawn(file, args, {
        cwd: options.cwd,
        env: { ...options.env, [MARK_VARIABLE]: this.#mark },
        // A group (and session) of its own: a signal to it reaches grandchildren, Ctrl-C in our terminal does not.
        detached: true,
        stdio: [options.hasInput === true ? "pipe" : "ignore", "pipe", "pipe"],
        windowsHide: true,
      });
    } catch (error) {
      queueMicrotask(() => exit({ exitCode: 128, startError: this.#explain(error) }));
      return;
    }
    this.pid = child.pid;
    this.stdin = child.stdin ?? undefined;
    if (child.pid !== undefined) {
      // Not yet waited for, so the entry is there even if it has ended.
      this.#startTime = processEntry(child.pid)?.startTime ?? "";
      const started = { pid: child.pid, startTime: this.#startTime, mark: this.#mark };
      this.#forget = options.record?.(started) ?? this.#forget;
    }
    child.on("error", (error) => {
      if (child.pid === undefined) exit({ exitCode: 128, startError: this.#explain(error) });
    });
    child.on("exit", (code, signal) => {
      if (signal === null) exit({ exitCode: code ?? 0 });
      else exit({ exitCode: 128 + constants.signals[signal], signal });
    });
    for (const stream of ["stdout", "stderr"] as const) {
      const lines = new Lines((line) => options.onLine(stream, line));
      // A process that could not be started for want of descriptors has no streams at all.
      const source: Readable | null | undefined = child[stream];
      if (source === null || source === undefined) continue;
      const throttle = new Throttle(source, options.clock);
      source.on("data", (chunk: Buffer) => {
        options.onOutput?.(stream, chunk);
        lines.write(chunk);
        throttle.took(chunk.length);
      });
      this.#streams.push(source);
      source.on("close", () => {
        lines.end();
        if (this.#exited) this.#checkOutput();
      });
      source.on("error", () => {});
    }
  }

  /** The process itself has ended; others of its group may still run. */
  get exited(): boolean {
    return this.#exited;
  }

  /** To every process of the group; nothing happens when none is left. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid === undefined) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // ESRCH: all gone. EPERM (macOS): only zombies left.
    }
  }

  /**
   * SIGTERM (or what it wants instead), then SIGKILL to what is left after the grace period. Resolves when no process of the group is left,
   * nor any that left the group. Called again with less time, the earlier call ends earlier too.
   * @param grace milliseconds
   */
  async end(grace: number): Promise<void> {
    if (grace > 0) {
      this.signal(this.#options.stopSignal ?? "SIGTERM");
      // A stopped process can't act on SIGTERM.
      this.signal("SIGCONT");
    }
    await this.gone(grace);
    this.signal("SIGKILL");
    await this.#ended;
    await this.gone(PATIENCE);
    await this.#sweep();
    await this.#options.clear?.();
    this.#forget();
    await this.#outputRead();
  }

  /** Resolves when the group is empty, or the time is up. */
  async gone(within: number): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + within;
    while (!this.#exited || this.#isPopulated()) {
      const left = deadline - clock.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(Math.min(left, POLL), resolve);
        if (!this.#exited) {
          void this.#ended.then(() => {
            cancel();
            resolve();
          });
        }
      });
    }
  }

  /** Gives the last output some time, then closes our end of it, so that no descriptor is left. */
  #awaitOutput(): void {
    this.#checkOutput();
    if (this.#outputEnded) return;
    const look = (): void => {
      if (this.#outputEnded) return;
      if (this.#isPopulated()) {
        this.#options.clock.after(OUTPUT_PATIENCE, look);
        return;
      }
      for (const stream of this.#streams) stream.destroy();
      this.#checkOutput();
    };
    this.#options.clock.after(OUTPUT_PATIENCE, look);
  }

  /** The last words of a process come after its end. */
  async #outputRead(): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + 2 * OUTPUT_PATIENCE;
    while (!this.#outputEnded && clock.now() < deadline) {
      await new Promise<void>((resolve) => void clock.after(1, resolve));
    }
  }

  #checkOutput(): void {
    if (this.#outputEnded || !this.#streams.every((stream) => stream.closed || stream.destroyed)) {
      return;
    }
    this.#outputEnded = true;
    this.#options.onOutputEnd?.();
  }

  /** Ends descendants that made a group of their own, and theirs. */
  async #sweep(): Promise<void> {
    const { clock } = this.#options;
    if (this.#startTime === "" || process.platform !== "linux") return;
    const deadline = clock.now() + PATIENCE;
    while (clock.now() < deadline) {
      const left = markedProcesses(this.#mark, this.#startTime);
      if (left.length === 0) return;
      for (const { pid } of left) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // Gone in the meantime.
        }
      }
      await new Promise<void>((resolve) => void clock.after(POLL, resolve));
    }
  }

  #isPopulated(): boolean {
    return this.pid !== undefined && groupIsAlive(this.pid);
  }

  #explain(error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    const { command, cwd } = this.#options;
    const program = command[0] ?? "";
    if (!isDirectory(cwd)) return `the working directory ${cwd} does not exist`;
    if (code === "ENOENT") {
      return program.includes("/")
        ? `${program}: no such file (looked from ${cwd})`
        : `${program}: command not found in PATH`;
    }
    if (code === "EACCES") return `${program}: not executable`;
    return message;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // It can't be looked at: whatever the system said of the program is the better reason.
    return true;
  }
}
