import type { NotedTraffic } from "../control/recent-traffic.ts";
import type { WantedTraffic } from "./messages.ts";
import type { NameOf } from "./request-feed.ts";
import { encode, type Tab } from "./tab.ts";
import { TrafficMeter } from "./traffic-meter.ts";

/** Rounds after which edges that are gone are dropped. */
const FORGET = 60;

/** The traffic of the edges that each tab shows; others are not sent, as there may be thousands. */
export class TrafficFeed {
  readonly #meter = new TrafficMeter();
  readonly #nameOf: NameOf;
  readonly #now: () => number;
  readonly #followers = new Map<Tab, Follower>();
  #looks = 0;

  constructor(nameOf: NameOf, now: () => number) {
    this.#nameOf = nameOf;
    this.#now = now;
  }

  note({ event, id, at }: NotedTraffic): void {
    if (!this.#meter.watches(id)) return;
    const { client, pod, rule: route, duration, refusal, status = 0, aborted } = event;
    const failed = refusal !== undefined || status >= 500 || aborted !== undefined;
    const caller = this.#nameOf(client);
    this.#meter.note({ service: id, caller, route, pod, duration, failed }, at);
  }

  /** @param wanted what a tab shows from now on. Undefined: nothing, or it is closed. */
  follow(tab: Tab, wanted: WantedTraffic | undefined): void {
    if (wanted === undefined) this.#followers.delete(tab);
    else this.#followers.set(tab, { wanted, key: JSON.stringify(wanted), told: undefined });
    const all = [...this.#followers.values()].map((each) => each.wanted);
    this.#meter.watch(all, this.#now());
  }

  /** Sends each tab what has changed since the last time. */
  tell(): void {
    const now = this.#now();
    if (++this.#looks % FORGET === 0) this.#meter.forget(now);
    // Most tabs show the same edges, so the result is shared.
    const texts = new Map<string, string>();
    for (const [tab, follower] of this.#followers) {
      const { wanted, key } = follower;
      const text = texts.get(key) ?? encode("traffic", this.#meter.rates(wanted, now));
      texts.set(key, text);
      if (follower.told === text) continue;
      follower.told = text;
      tab.send(text);
    }
  }
}

interface Follower {
  readonly wanted: WantedTraffic;
  /** A key that is equal for tabs that show the same edges. */
  readonly key: string;
  /** What was sent last. */
  told: string | undefined;
}
