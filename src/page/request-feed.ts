import type { NotedTraffic, RecentTraffic } from "../control/recent-traffic.ts";
import { extended } from "../objects/extended.ts";
import { idOf } from "./describe-world.ts";
import type { RequestRecord } from "./messages.ts";

/** Requests that are sent at first, and in one batch afterwards: nobody can read more. */
const LAST = 300;
const BATCH = 100;

/** The pod at an address, where that is known. */
export type NameOf = (address: string) => string | undefined;

/** Sends requests to the page; gaps in their numbers show how many were left out. */
export class RequestFeed {
  readonly #recent: RecentTraffic;
  #fresh: NotedTraffic[] = [];

  constructor(recent: RecentTraffic) {
    this.#recent = recent;
  }

  note(noted: NotedTraffic): void {
    if (this.#fresh.length < BATCH) this.#fresh.push(noted);
  }

  /** Oldest first. @param service those of one alone. */
  last(nameOf: NameOf, service?: string): RequestRecord[] {
    return this.#recent
      .noted(service)
      .slice(-LAST)
      .map((noted) => requestRecord(noted, nameOf));
  }

  takeFresh(nameOf: NameOf): RequestRecord[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh.map((noted) => requestRecord(noted, nameOf));
  }
}

function requestRecord({ event, at, number }: NotedTraffic, nameOf: NameOf): RequestRecord {
  const { service, rule, refusal, client, pod, kind, protocol, attempts, duration } = event;
  const { method, host, path, endpoint, why, status, bytes, aborted } = event;
  const base: RequestRecord = {
    number,
    at,
    kind,
    protocol,
    attempts,
    client: nameOf(client) ?? client,
    duration: Math.round(duration * 100) / 100,
  };
  // Undefined fields are left out of the JSON.
  const rest = {
    ...{ method, host, path, endpoint, why, status, bytes, aborted },
    ...(service && { service: idOf(service.namespace, service.service) }),
    ...(service && pod !== undefined && { pod: idOf(service.namespace, pod) }),
    ...(rule && { route: rule }),
    ...(refusal && { refusal: refusal.reason }),
  };
  return extended(base, rest) as RequestRecord;
}
