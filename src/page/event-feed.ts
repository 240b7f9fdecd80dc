import type { RuntimeEvent } from "../runtime/event.ts";
import { idOf } from "./describe-world.ts";
import type { EventRecord } from "./messages.ts";
import type { WorldChange, WorldService } from "./world.ts";

const KEPT = 500;

/** What happened to pods and Services, in the order in which it did. */
export class EventFeed {
  #events: EventRecord[] = [];
  #count = 0;
  #told = 0;
  readonly #live = new Map<string, boolean>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The runtime's events of a pod, without its output. */
  notePod(event: RuntimeEvent): void {
    if (event.type === "output" || event.type === "error" || event.type === "leftover-ended")
      return;
    const { namespace, name } = event.pod;
    const { message, isBad } = wordsOf(event);
    this.#add({ about: "pod", id: idOf(namespace, name), type: event.type, message, isBad });
  }

  /** A Service that lost its last live pod, or has one again. */
  noteWorld({ services = [], gone }: WorldChange): void {
    for (const id of gone?.services ?? []) this.#live.delete(id);
    for (const service of services) this.#noteService(service);
  }

  #noteService({ id, problem }: WorldService): void {
    const before = this.#live.get(id);
    const isLive = problem === undefined;
    this.#live.set(id, isLive);
    if (before === undefined || before === isLive) return;
    const type = isLive ? "live" : "no-live-pod";
    this.#add({ about: "service", id, type, message: problem ?? "", isBad: !isLive });
  }

  #add(event: Omit<EventRecord, "number" | "at">): void {
    this.#events.push({ number: ++this.#count, at: this.#now(), ...event });
    if (this.#events.length >= 2 * KEPT) this.#events.splice(0, this.#events.length - KEPT);
  }

  all(): readonly EventRecord[] {
    return this.#events;
  }

  takeFresh(): readonly EventRecord[] {
    const fresh = this.#events.filter(({ number }) => number > this.#told);
    this.#told = this.#count;
    return fresh;
  }
}

type PodEvent = Exclude<RuntimeEvent, { type: "output" | "error" | "leftover-ended" }>;

function wordsOf(event: PodEvent): { readonly message: string; readonly isBad: boolean } {
  switch (event.type) {
    case "started":
      return { message: `${event.container}: ${event.command.join(" ")}`, isBad: false };
    case "pulling":
      return { message: `${event.container}: ${event.image}`, isBad: false };
    case "exited": {
      const how = event.signal ?? `exit code ${event.exitCode}`;
      const again =
        event.restartIn === undefined
          ? ""
          : `; started again in ${Math.round(event.restartIn / 1000)} s`;
      return { message: `${event.container}: ${how}${again}`, isBad: event.exitCode !== 0 };
    }
    case "unhealthy":
      return { message: `${event.container}, ${event.probe}: ${event.message}`, isBad: true };
    case "not-ready":
    case "restart-failed":
      return { message: event.message, isBad: true };
    case "ready":
    case "stopped":
    case "restarted":
      return { message: "", isBad: false };
  }
}
