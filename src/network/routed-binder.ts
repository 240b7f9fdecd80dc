import type { Socket } from "node:dgram";
import type { Server } from "node:net";
import type { Binder } from "../net/binder.ts";
import { rangesFor } from "./network-plan.ts";

/** Binds inside a namespace; an address outside all ranges gets a route of its own. */
export class RoutedBinder implements Binder {
  readonly #inside: Binder;
  readonly #ranges: readonly string[];
  readonly #addRoutes: (ranges: readonly string[]) => Promise<void>;
  readonly #known = new Set<string>();
  #missing: string[] = [];
  #routed: Promise<void> = Promise.resolve();

  constructor(
    inside: Binder,
    ranges: readonly string[],
    addRoutes: (ranges: readonly string[]) => Promise<void>,
  ) {
    this.#inside = inside;
    this.#ranges = ranges;
    this.#addRoutes = addRoutes;
  }

  listen(server: Server, host: string, port: number): void {
    this.#note(host);
    this.#inside.listen(server, host, port);
  }

  bind(socket: Socket, host: string, port: number): void {
    this.#note(host);
    this.#inside.bind(socket, host, port);
  }

  /** Resolves when every address that was bound so far can be reached. */
  async routed(): Promise<void> {
    await this.#routed;
  }

  #note(host: string): void {
    if (this.#known.has(host)) return;
    this.#known.add(host);
    const [range] = rangesFor([host], this.#ranges);
    if (range === undefined) return;
    if (this.#missing.length === 0) queueMicrotask(() => this.#flush());
    this.#missing.push(range);
  }

  #flush(): void {
    const ranges = this.#missing.splice(0);
    this.#routed = this.#routed.then(() => this.#addRoutes(ranges)).catch(() => {});
  }
}
