import { type ChildProcess, type Serializable, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { isIPv6 } from "node:net";
import type { Order, Report } from "./agent-orders.ts";
import { Dialers } from "./dialers.ts";

const LOOPBACK = { 4: "127.0.0.1", 6: "::1" } as const;

type Family = keyof typeof LOOPBACK;

/**
 * Connects to what listens on the localhost of a pod, a debugger for one: no route leads there from outside. An agent
 * in the pod's network namespace makes the sockets; it is started for the first connection.
 */
export class PodLoopback {
  readonly #command: () => readonly string[];
  readonly #onGone: () => void;
  readonly #dialers = new Map<Family, Dialers>();
  #agent: ChildProcess | undefined;

  /**
   * @param command starts the agent in the pod
   * @param onGone called when the agent ends by itself: this is of no use any more
   */
  constructor(command: () => readonly string[], onGone: () => void) {
    this.#command = command;
    this.#onGone = onGone;
  }

  /** A socket that is connecting. @param host an address of the loopback network */
  dial(host: string, port: number, options?: { readonly allowHalfOpen?: boolean }): Socket {
    this.#agent ??= this.#start();
    return this.#dialersOf(isIPv6(host) ? 6 : 4).dial(host, port, options);
  }

  /** Ends the agent. */
  close(): void {
    if (this.#agent?.connected) this.#agent.disconnect();
  }

  #dialersOf(family: Family): Dialers {
    let dialers = this.#dialers.get(family);
    if (dialers === undefined) {
      const host = LOOPBACK[family];
      dialers = new Dialers((count) => this.#send({ type: "dialers", count, host }));
      this.#dialers.set(family, dialers);
    }
    return dialers;
  }

  #start(): ChildProcess {
    const [program = "", ...words] = this.#command();
    const agent = spawn(program, words, {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      // Whoever kills a group of processes that has pods in it has not asked for the end of this one.
      detached: true,
    });
    agent.on("message", (report: Report, handle) => {
      if (report.type !== "dialer") return;
      this.#dialersOf(isIPv6(report.host) ? 6 : 4).arrived(handle, report.error);
    });
    const gone = () => {
      for (const dialers of this.#dialers.values()) dialers.end(new Error("the pod is gone"));
      this.#onGone();
    };
    agent.once("exit", gone);
    agent.once("error", gone);
    return agent;
  }

  #send(order: Order): void {
    // Who waits for the answer hears of its end.
    if (this.#agent?.connected) this.#agent.send(order as unknown as Serializable, () => {});
  }
}
