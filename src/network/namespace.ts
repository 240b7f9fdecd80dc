import { type ChildProcess, type Serializable, spawn } from "node:child_process";
import type { Socket as DatagramSocket } from "node:dgram";
import type { Server, Socket } from "node:net";
import { constants } from "node:os";
import type { Binder } from "../net/binder.ts";
import { AGENT, errorOf, type Order, type Report, type SocketOrder } from "./agent-orders.ts";
import { Dialers } from "./dialers.ts";
import { ROUTER } from "./router-script.ts";

export interface NamespaceOptions {
  /** Looked up in these folders: `unshare`, `sh`. */
  readonly path: string;
  /** The root of this machine needs no user namespace, and keeps its powers without one. */
  readonly isRoot: boolean;
  /** The words that start a process in another's namespaces, of which it shares those of user and network. */
  readonly within?: readonly string[];
  /** The words that start a process in another user namespace, below which its own is to be. */
  readonly below?: readonly string[] | undefined;
}

/** What a namespace is for. */
export type NamespaceUse =
  /** One command, started inside; it and everything that it starts end with the namespace. */
  | "command"
  /** Processes that are started outside, which enter it and stay children of this process. */
  | "pods";

/** A namespace could not be made, or its network could not. */
export class NamespaceError extends Error {
  override readonly name = "NamespaceError";
  readonly code = "no-namespace";
}

/** Where to pass an answer that comes with a socket or an error. */
interface Waiting {
  readonly arrived: (handle: unknown) => void;
  readonly failed: (error: Error) => void;
}

/**
 * Namespaces of their own for network, mounts and the host name, with an agent inside; for a command also one for
 * processes. The kernel removes them with their last process, and the agent ends with this process: nothing of
 * them outlives it.
 */
export class Namespace implements Binder {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #next = 0;
  #orders: SocketOrder[] = [];
  #complaints = "";
  /** Who waits for a report; each is told of all. */
  readonly #listeners = new Set<(report: Report) => void>();
  #settingUp: Promise<unknown> = Promise.resolve();
  readonly #up: Promise<unknown>;
  readonly #dialers: Dialers;

  /** Starts at once; {@link up} says whether it came to something. */
  constructor(
    { path, isRoot, within, below = [] }: NamespaceOptions,
    use: NamespaceUse = "command",
  ) {
    const user = isRoot ? [] : ["--user", "--map-root-user"];
    const start =
      within === undefined ? [...below, "unshare", ...user, "--net"] : [...within, "unshare"];
    const words = [...start, "--mount", "--uts"];
    if (use === "command") {
      words.push("--pid", "--fork", "--kill-child", "--", "sh", "-c", FIRST_PROCESS, "sh");
    } else words.push("--");
    this.#child = spawn("sh", ["-c", START, "sh", ...words, process.execPath, AGENT], {
      stdio: [use === "command" ? "inherit" : "ignore", "inherit", "inherit", "ipc", "pipe"],
      env: { PATH: path },
      // Whoever kills a group of processes that has pods in it shall not kill what tidies up after them.
      detached: use === "pods",
    });
    this.#dialers = new Dialers((count) => this.#send({ type: "dialers", count, host: ROUTER }));
    const complaints = this.#child.stdio[4] as Socket;
    complaints.on("data", (text) => {
      this.#complaints += text;
    });
    complaints.on("error", () => {});
    this.#child.on("message", (report: Report, handle) => this.#receive(report, handle));
    const exited = new Promise<void>((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", (error) => {
        this.#complaints += error.message;
        resolve();
      });
    });
    // Not the child's own `close`: it does not come after `disconnect`.
    const read = new Promise<void>((resolve) => complaints.once("close", () => resolve()));
    this.#exited = Promise.all([exited, read]).then(() => {});
    void this.#exited.then(() => this.#fail());
    this.#up = this.#answer((report) => (report.type === "up" ? report : undefined));
    // Whoever asks for it is told.
    this.#up.catch(() => {});
  }

  /** Whether the agent came up. @throws NamespaceError */
  async up(): Promise<void> {
    await this.#up;
  }

  /** The agent's process, whose namespaces others enter. Only of a namespace for pods. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** A socket that connects inside; see {@link Dialers}. */
  dial(host: string, port: number, options: { readonly allowHalfOpen?: boolean } = {}): Socket {
    return this.#dialers.dial(host, port, options);
  }

  /** Has everything killed that is in a network namespace, should this process be killed. @param file holds it */
  guard(file: string): void {
    this.#send({ type: "guard", file });
  }

  unguard(file: string): void {
    this.#send({ type: "unguard", file });
  }

  /** Runs a script as the namespace's root; one at a time. @throws NamespaceError when it fails */
  setUp(script: string): Promise<void> {
    const turn = this.#settingUp.then(() => this.#setUp(script));
    this.#settingUp = turn.catch(() => {});
    return turn;
  }

  async #setUp(script: string): Promise<void> {
    const done = this.#answer((report) => (report.type === "set-up" ? report : undefined));
    this.#send({ type: "set-up", script });
    const { error } = await done;
    if (error !== undefined) throw new NamespaceError(error);
  }

  listen(server: Server, host: string, port: number): void {
    this.#open(server, "TCP", host, port, (handle) => server.listen(handle as Server));
  }

  bind(socket: DatagramSocket, host: string, port: number): void {
    // Datagram sockets take over a handle, which their types don't tell.
    this.#open(socket, "UDP", host, port, (handle) => socket.bind(handle as { fd: number }));
  }

  /** A connection that comes from inside. */
  connect(host: string, port: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const id = this.#wait({ arrived: (socket) => resolve(socket as Socket), failed: reject });
      this.#send({ type: "connect", id, host, port });
    });
  }

  /** Runs the command. @returns its exit code once nothing is left of it, 128 and the number for a signal. */
  async run(
    order: Omit<Order & { type: "run" }, "type">,
    onKilled: (error: NamespaceError) => void,
  ): Promise<number> {
    const ended = this.#answer((report) =>
      report.type === "ended" || report.type === "not-started" ? report : undefined,
    );
    this.#send({ type: "run", ...order });
    const report = await ended.catch((cause) => {
      // With its first process everything in it was killed, the command too.
      onKilled(new NamespaceError("the namespace was killed, and the program with it", { cause }));
      return { type: "ended", code: null, signal: "SIGKILL" } as const;
    });
    if (report.type === "not-started") throw errorOf(report.error);
    const { code, signal } = report;
    await this.#exited;
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal as NodeJS.Signals]);
  }

  /** Passes a signal to the command, unless it has got it already. */
  signal(signal: NodeJS.Signals): void {
    this.#send({ type: "signal", signal });
  }

  /** Ends it with everything inside. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }

  #open(
    asking: Server | DatagramSocket,
    protocol: "TCP" | "UDP",
    host: string,
    port: number,
    take: (handle: unknown) => void,
  ): void {
    let closed = false;
    asking.once("close", () => {
      closed = true;
    });
    const id = this.#wait({
      arrived: (handle) => {
        if (closed) (handle as { close(): void }).close();
        else take(handle);
      },
      failed: (error) => {
        if (!closed) asking.emit("error", error);
      },
    });
    // All that are asked for in one go make one message.
    if (this.#orders.length === 0) {
      queueMicrotask(() => this.#send({ type: "open", sockets: this.#orders.splice(0) }));
    }
    this.#orders.push({ id, protocol, host, port });
  }

  #wait(waiting: Waiting): number {
    this.#waiting.set(++this.#next, waiting);
    return this.#next;
  }

  #send(order: Order): void {
    // Who waits for the answer hears of its end.
    if (this.#child.connected) this.#child.send(order as unknown as Serializable, () => {});
  }

  #receive(report: Report, handle: unknown): void {
    if (report.type === "dialer") return void this.#dialers.arrived(handle, report.error);
    if (report.type !== "socket") {
      for (const listener of [...this.#listeners]) listener(report);
      return;
    }
    const waiting = this.#waiting.get(report.id);
    this.#waiting.delete(report.id);
    if (report.error !== undefined) waiting?.failed(errorOf(report.error));
    else if (waiting !== undefined && handle !== undefined) waiting.arrived(handle);
  }

  /** The next report that is meant. @throws NamespaceError when the namespace ends before. */
  #answer<T>(pick: (report: Report) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = (report: Report) => {
        const found = pick(report);
        if (found === undefined) return;
        this.#listeners.delete(listener);
        resolve(found);
      };
      this.#listeners.add(listener);
      void this.#exited.then(() => reject(new NamespaceError(this.#complaints.trim())));
    });
  }

  #fail(): void {
    for (const { failed } of this.#waiting.values()) {
      failed(new NamespaceError("the namespace has ended"));
    }
    this.#waiting.clear();
    this.#dialers.end(new NamespaceError("the namespace has ended"));
  }
}

/**
 * What is said by others than the command goes to file 4; file 5 is its stderr. Signals of a terminal are for the command: who waits
 * for it here goes on waiting.
 */
const START = `trap '' INT TERM HUP QUIT; exec 5>&2 2>&4; exec "$@"`;

/**
 * The first process of a process namespace: it waits for whatever has lost its parent, which Node does not.
 * Where a container hides parts of /proc, no new one can be mounted, and the old one has to do.
 */
const FIRST_PROCESS = 'mount -t proc proc /proc 2>/dev/null; "$@" 4>&-; exit $?';
