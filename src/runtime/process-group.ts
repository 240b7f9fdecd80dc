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
  /** An absolute path. */
  readonly cwd: string;
  /** The whole environment. */
  readonly env: StringMap;
  readonly clock: Clock;
  readonly spawn?: Spawn;
  /** Called as soon as the process runs. @returns a function that is called when no process of the group is left */
  readonly record?: (process: StartedProcess) => () => void;
  /** Whether its input is a pipe. Default: it is empty. */
  readonly hasInput?: boolean;
  /** The signal that asks it to end. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Ends what runs on behalf of the process, and that no signal to it reaches. */
  readonly clear?: () => Promise<void>;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
  /** Raw output, before it is split into lines. */
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /** Called once, in the tick in which the end of the process is noticed. */
  readonly onExit: (exit: ProcessExit) => void;
  /** Called once after onExit, when all output has been read, or the wait for it is over. */
  readonly onOutputEnd?: () => void;
}

/** Identifies its descendants even after its end: see {@link MARK_VARIABLE}. */
export interface StartedProcess {
  readonly pid: number;
  readonly startTime: string;
  readonly mark: string;
}

/** The end of a process, in a container's terms. */
export interface ProcessExit {
  /** 128 and the signal's number when a signal ended it; 128 when it could not be started. */
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals;
  /** Why it could not be started. */
  readonly startError?: string;
}

/**
 * Milliseconds that output is still read after the process has ended: a descendant outside the group may keep the
 * pipe open.
 */
const OUTPUT_PATIENCE = 500;

/** Milliseconds that SIGKILL may take: a process inside a system call ends when it returns from it. */
const PATIENCE = 5_000;

/** Interval of checking whether the last member of a group has ended: the kernel notifies only the parent. */
const POLL = 10;

/** A process with its descendants, in a process group of its own, which can be signalled like a container. */
export class ProcessGroup {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Also undefined without `hasInput`. */
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
        // A group and session of its own: signals to it reach all descendants, and Ctrl-C in our terminal doesn't.
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
      // Node has not reaped it yet, so its entry in the process table exists even if it has ended.
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
      // Without file descriptors the process could not be started and has no streams.
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

  /** Signals every process of the group; does nothing when none is left. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid === undefined) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // ESRCH: all gone. EPERM (macOS): only zombies left.
    }
  }

  /**
   * Sends SIGTERM (or the signal that it wants instead), then SIGKILL to what is left after the grace period.
   * Resolves when no process of the group is left, nor a descendant that left the group. Calling again with less time
   * shortens the wait.
   * @param grace milliseconds
   */
  async end(grace: number): Promise<void> {
    if (grace > 0) {
      this.signal(this.#options.stopSignal ?? "SIGTERM");
      // A stopped process would not handle SIGTERM.
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

  /** Waits a moment for the last output, then closes the pipe, so that no descriptor is left open. */
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

  /** Output may still arrive after the process has ended. */
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

  /** Ends descendants that made groups of their own. */
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
          // It has ended meanwhile.
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
    // The folder can't be checked, so the system's own error is reported.
    return true;
  }
}
