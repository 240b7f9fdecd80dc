import type { KubernetesObject } from "../../objects/object.ts";
import { timestamp } from "../../objects/timestamp.ts";
import type { RuntimeEvent } from "../../runtime/event.ts";
import type { Operation } from "../../store/operation.ts";
import type { Store } from "../../store/store.ts";
import { type Happening, happeningsOf } from "./of-change.ts";
import { happeningsInRuntime } from "./of-runtime.ts";

/** How long Events are kept, in milliseconds: an API server's default. */
const KEPT_FOR = 60 * 60 * 1000;
/** Events that are kept; the oldest are dropped first. */
const MAX_EVENTS = 5000;
const EVENT = "Event";

interface Recorded {
  readonly namespace: string;
  readonly name: string;
  readonly first: string;
  count: number;
  last: number;
}

/**
 * Records what happens to objects as Events, so that `kubectl describe` and `kubectl get events` show what they would
 * in a cluster. A repeated occurrence increases its Event's count.
 */
export class EventRecorder {
  readonly #store: Store;
  readonly #now: () => Date;
  /** By occurrence, the longest unchanged first. */
  readonly #recorded = new Map<string, Recorded>();
  readonly #stop: () => void;
  #named = 0n;

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
    this.#stop = store.subscribe((changes) => {
      const happenings = changes.flatMap((change) => happeningsOf(change, store));
      if (happenings.length > 0) this.#record(happenings);
    });
  }

  /** Records an event of the runtime. */
  note(event: RuntimeEvent): void {
    const happenings = happeningsInRuntime(event, this.#store);
    if (happenings.length > 0) this.#record(happenings);
  }

  close(): void {
    this.#stop();
  }

  #record(happenings: readonly Happening[]): void {
    const now = this.#now();
    const operations = happenings.map((happening) => this.#eventOf(happening, now));
    this.#store.apply([...operations, ...this.#forget(now.getTime())]);
  }

  #eventOf(happening: Happening, now: Date): Operation {
    const { about, type, reason, message, source, fieldPath } = happening;
    const id = [about.uid, fieldPath, type, reason, message].join("\n");
    const time = timestamp(now);
    const namespace = about.namespace === "" ? "default" : about.namespace;
    const before = this.#recorded.get(id);
    const recorded = before ?? {
      namespace,
      // Named as by client-go after the object and the time in nanoseconds; a counter makes the name unique.
      name: `${about.name}.${(BigInt(now.getTime()) * 1_000_000n + this.#named++).toString(16)}`,
      first: time,
      count: 0,
      last: 0,
    };
    recorded.count++;
    recorded.last = now.getTime();
    // Moved to the end, as the latest.
    this.#recorded.delete(id);
    this.#recorded.set(id, recorded);
    const object = {
      apiVersion: "v1",
      kind: EVENT,
      metadata: { name: recorded.name, namespace },
      involvedObject: { ...about, ...(fieldPath !== undefined && { fieldPath }) },
      type,
      reason,
      message,
      source: { component: source },
      firstTimestamp: recorded.first,
      lastTimestamp: time,
      count: recorded.count,
      reportingComponent: source,
      reportingInstance: "",
      eventTime: null,
    };
    return { op: "put", object: object as KubernetesObject };
  }

  #forget(now: number): Operation[] {
    const operations: Operation[] = [];
    for (const [id, { namespace, name, last }] of this.#recorded) {
      if (last >= now - KEPT_FOR && this.#recorded.size <= MAX_EVENTS) break;
      this.#recorded.delete(id);
      operations.push({ op: "delete", key: { kind: EVENT, namespace, name } });
    }
    return operations;
  }
}
