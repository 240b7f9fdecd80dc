import type { NotedTraffic, RecentTraffic } from "../control/recent-traffic.ts";
import type { Engine } from "../engine/engine.ts";
import type { RuntimeEvent } from "../runtime/event.ts";
import { PodAddresses } from "../view/pod-addresses.ts";
import { idOf } from "./describe-world.ts";
import { EventFeed } from "./event-feed.ts";
import { LiveWorld } from "./live-world.ts";
import type { RequestRecord, Wanted } from "./messages.ts";
import { RequestFeed } from "./request-feed.ts";
import { encode, type Tab } from "./tab.ts";
import { TrafficFeed } from "./traffic-feed.ts";
import type { WorldChange } from "./world.ts";

/** Milliseconds between two reports of traffic. */
const TICK = 500;
/** Lines of a log that are sent at once, and of its past. */
const LOG_TAIL = 2000;

export interface TabsOptions {
  readonly engine: Engine;
  readonly port: () => number;
  readonly troubles: () => readonly string[];
  /** Always records requests. */
  readonly recent: RecentTraffic;
  readonly now: () => number;
}

/** Everything that is computed once for all tabs, and only while there are any. */
export class Tabs {
  readonly #options: TabsOptions;
  readonly #tabs = new Map<string, Tab>();
  readonly #requests: RequestFeed;
  readonly #events: EventFeed;
  #shown: Shown | undefined;
  #areRequestsWanted = false;
  readonly #onTraffic = (noted: NotedTraffic) => this.#noteTraffic(noted);
  readonly #onPod = (event: RuntimeEvent) => this.#events.notePod(event);

  constructor(options: TabsOptions) {
    this.#options = options;
    this.#events = new EventFeed(options.now);
    this.#requests = new RequestFeed(options.recent);
    options.engine.on("pod", this.#onPod);
  }

  add(tab: Tab): void {
    this.#shown ??= this.#show();
    this.#tabs.set(tab.id, tab);
    this.begin(tab);
  }

  /** Sends the whole present state to a tab. */
  begin(tab: Tab): void {
    const parts = (this.#shown as Shown).world.snapshot();
    const sendNext = () => {
      const { value, done } = parts.next();
      if (done) return;
      tab.send(encode("world", value));
      // Requests are served in between. A tab that lagged behind meanwhile starts over.
      if (tab.isListening) setImmediate(sendNext);
    };
    sendNext();
    this.follow(tab.id, tab.wanted);
  }

  delete(tab: Tab): void {
    this.#tabs.delete(tab.id);
    this.#lookWhatIsWanted();
    this.#shown?.traffic.follow(tab, undefined);
    if (this.#tabs.size > 0) return;
    this.#shown?.close();
    this.#shown = undefined;
  }

  /** The last requests to a Service, oldest first. */
  requestsOf(service: string): readonly RequestRecord[] {
    return this.#requests.last(this.#nameOf, service);
  }

  /** @returns whether the tab exists and is allowed to follow that. */
  follow(id: string, wanted: Wanted): boolean {
    const tab = this.#tabs.get(id);
    const { traffic, ...others } = wanted;
    if (tab === undefined || (Object.keys(others).length > 0 && !tab.visitor.hasSession)) {
      return false;
    }
    tab.wanted = wanted;
    this.#lookWhatIsWanted();
    this.#shown?.traffic.follow(tab, traffic);
    tab.stopFollowing?.();
    tab.stopFollowing = undefined;
    if (wanted.requests) tab.send(encode("requests", this.#requests.last(this.#nameOf)));
    if (wanted.events) tab.send(encode("events", this.#events.all()));
    if (wanted.logs) this.#followLogs(tab, wanted.logs);
    return true;
  }

  #lookWhatIsWanted(): void {
    this.#areRequestsWanted = [...this.#tabs.values()].some(({ wanted }) => wanted.requests);
  }

  close(): void {
    const { engine } = this.#options;
    engine.off("pod", this.#onPod);
    for (const tab of this.#tabs.values()) tab.end();
    this.#shown?.close();
  }

  #show(): Shown {
    const { engine, now, recent } = this.#options;
    recent.listeners.add(this.#onTraffic);
    const pods = new PodAddresses(engine.store);
    const traffic = new TrafficFeed(this.#nameOf, now);
    const onChange = (change: WorldChange) => {
      this.#events.noteWorld(change);
      this.#broadcast(encode("world", change));
    };
    const world = new LiveWorld({ ...this.#options, onChange });
    const timer = setInterval(() => {
      traffic.tell();
      world.look();
      this.#tellFresh();
    }, TICK);
    timer.unref();
    return {
      world,
      traffic,
      pods,
      close: () => {
        recent.listeners.delete(this.#onTraffic);
        clearInterval(timer);
        world.close();
        pods.close();
      },
    };
  }

  #tellFresh(): void {
    const requests = this.#requests.takeFresh(this.#nameOf);
    const events = this.#events.takeFresh();
    for (const [kind, fresh] of [
      ["requests", requests],
      ["events", events],
    ] as const) {
      if (fresh.length === 0) continue;
      const text = encode(kind, fresh as never);
      for (const tab of this.#tabs.values()) if (tab.wanted[kind]) tab.send(text);
    }
  }

  #broadcast(text: string): void {
    for (const tab of this.#tabs.values()) tab.send(text);
  }

  readonly #nameOf = (address: string): string | undefined => {
    const pod = this.#shown?.pods.podAt(address);
    return pod && idOf(pod.metadata.namespace, pod.metadata.name);
  };

  #noteTraffic(noted: NotedTraffic): void {
    if (this.#areRequestsWanted) this.#requests.note(noted);
    this.#shown?.traffic.note(noted);
  }

  #followLogs(tab: Tab, { pod, container }: NonNullable<Wanted["logs"]>): void {
    const [namespace = "", name = ""] = pod.split("/");
    const stop = new AbortController();
    tab.stopFollowing = () => stop.abort();
    void this.#tellLogs(tab, { namespace, name }, container, stop.signal);
  }

  async #tellLogs(
    tab: Tab,
    pod: { readonly namespace: string; readonly name: string },
    container: string,
    signal: AbortSignal,
  ): Promise<void> {
    const id = idOf(pod.namespace, pod.name);
    tab.send(encode("logs", { pod: id, container, isStart: true, lines: [] }));
    const { podLogs } = this.#options.engine;
    for await (const lines of podLogs.follow(pod, container, LOG_TAIL, signal)) {
      if (signal.aborted) return;
      tab.send(
        encode("logs", { pod: id, container, isStart: false, lines: lines.slice(-LOG_TAIL) }),
      );
    }
  }
}

/** Exists while at least one tab is open. */
interface Shown {
  readonly world: LiveWorld;
  readonly traffic: TrafficFeed;
  readonly pods: PodAddresses;
  close(): void;
}
