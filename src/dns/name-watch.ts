import type { Catalog, Topic } from "./catalog.ts";
import type { Reply } from "./reply.ts";
import type { ResourceRecord } from "./wire/message.ts";

/** The topics are unknown: any change may matter. */
const ALL: ReadonlySet<Topic> = new Set(["*"]);

interface Watch {
  readonly ask: () => Reply;
  readonly changed: (reply: Reply) => void;
  topics: ReadonlySet<Topic>;
  /** The answer that was reported last. */
  state: string;
}

/** Watches names: after each batch, those whose answers depend on a touched topic are asked again. */
export class NameWatches {
  readonly #byTopic = new Map<Topic, Set<Watch>>();
  readonly #unsubscribe: () => void;

  constructor(catalog: Catalog) {
    this.#unsubscribe = catalog.subscribe((topics) => this.#touched(topics));
  }

  /** @returns stops watching. */
  add(ask: () => Reply, changed: (reply: Reply) => void): () => void {
    const reply = ask();
    const watch: Watch = { ask, changed, topics: reply.topics ?? ALL, state: stateOf(reply) };
    this.#enter(watch);
    return () => this.#leave(watch);
  }

  close(): void {
    this.#unsubscribe();
    this.#byTopic.clear();
  }

  #touched(topics: ReadonlySet<Topic>): void {
    if (this.#byTopic.size === 0) return;
    const watches = new Set(this.#byTopic.get("*"));
    for (const topic of topics) {
      for (const watch of this.#byTopic.get(topic) ?? []) watches.add(watch);
    }
    for (const watch of watches) {
      const reply = watch.ask();
      this.#leave(watch);
      watch.topics = reply.topics ?? ALL;
      this.#enter(watch);
      const state = stateOf(reply);
      if (state === watch.state) continue;
      watch.state = state;
      watch.changed(reply);
    }
  }

  #enter(watch: Watch): void {
    for (const topic of watch.topics) {
      const watches = this.#byTopic.get(topic);
      if (watches === undefined) this.#byTopic.set(topic, new Set([watch]));
      else watches.add(watch);
    }
  }

  #leave(watch: Watch): void {
    for (const topic of watch.topics) {
      const watches = this.#byTopic.get(topic);
      watches?.delete(watch);
      if (watches?.size === 0) this.#byTopic.delete(topic);
    }
  }
}

/** The answer as a set: a new order or SOA serial is no change. */
function stateOf({ rcode, answers, additional }: Reply): string {
  const texts = (records: readonly ResourceRecord[]) =>
    records.map(({ name, type, ttl, data }) => JSON.stringify([name, type, ttl, data])).sort();
  return JSON.stringify([rcode, texts(answers), texts(additional)]);
}
