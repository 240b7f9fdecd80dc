import type { Readable, Writable } from "node:stream";
import { PassThrough } from "node:stream";
import { type Resize, terminalResizer } from "./terminal-size.ts";

/** A connection to the input and output of a container's process: `kubectl attach`. */
export interface AttachedStreams {
  /** Undefined for a container without `stdin`. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  /** Undefined with a terminal, which has only one stream. */
  readonly stderr: Readable | undefined;
  /** Settles when the process has ended and its output was delivered. */
  readonly ended: Promise<void>;
  /** Of the container's terminal; without one nothing happens. */
  readonly resize: Resize;
  /** Detaches; the process keeps running. */
  leave(): void;
}

interface Listener {
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  end(): void;
}

/**
 * Bytes that are kept for a client that doesn't read; what exceeds them is lost to it, since the process must not be
 * slowed down.
 */
const MAX_UNREAD = 16 * 1024 * 1024;

/** The input and output of a container's current process, for attached clients. */
export class ContainerStreams {
  readonly #listeners = new Set<Listener>();
  readonly #isTerminal: boolean;
  readonly #isOnce: boolean;
  #stdin: Writable | undefined;
  #resize: Resize = () => {};

  /** @param isOnce whether the first attached client that ends its input ends it for good (`stdinOnce`) */
  constructor({ isTerminal, isOnce }: { readonly isTerminal: boolean; readonly isOnce: boolean }) {
    this.#isTerminal = isTerminal;
    this.#isOnce = isOnce;
  }

  /** Another process. @param pid undefined where it could not be started */
  began(stdin: Writable | undefined, pid: number | undefined): void {
    this.#stdin = stdin;
    if (this.#isTerminal) this.#resize = terminalResizer(pid);
    stdin?.on("error", () => {});
  }

  heard(stream: "stdout" | "stderr", chunk: Buffer): void {
    for (const listener of this.#listeners) {
      const to = listener[stream];
      if (to.readableLength + to.writableLength < MAX_UNREAD) to.write(chunk);
    }
  }

  ended(): void {
    this.#stdin = undefined;
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  attach(): AttachedStreams {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    let settle: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const listener: Listener = {
      stdout,
      stderr,
      end: () => {
        stdout.end();
        stderr.end();
        settle();
      },
    };
    this.#listeners.add(listener);
    return {
      stdin: this.#stdin && this.#inputOf(this.#stdin),
      stdout,
      stderr: this.#isTerminal ? undefined : stderr,
      ended,
      resize: (columns, rows) => this.#resize(columns, rows),
      leave: () => {
        if (this.#listeners.delete(listener)) listener.end();
      },
    };
  }

  /** Without `stdinOnce` the input stays open for the next client. */
  #inputOf(stdin: Writable): Writable {
    const input = new PassThrough();
    input.pipe(stdin, { end: this.#isOnce });
    return input;
  }
}
