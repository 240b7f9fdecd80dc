import { LRUCache } from "lru-cache";
import type { Forwarder } from "./forwarder.ts";
import type { Settings } from "./options.ts";
import type { Reply } from "./reply.ts";
import type { Request } from "./request.ts";
import type { ResourceRecord } from "./wire/message.ts";
import { NOERROR, NXDOMAIN } from "./wire/rcode.ts";

interface Kept {
  readonly reply: Reply;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
}

/** The size of CoreDNS' cache. */
const MAX_KEPT = 10_000;
/** EDNS client subnet (RFC 7871): the answer depends on the client's network. */
const CLIENT_SUBNET = 8;

/**
 * Caches upstreams' answers for their TTL, and at most for so many seconds. Equal questions in progress are asked
 * once. Answers without a TTL (RFC 2308 section 5) and truncated ones are not cached.
 */
export function cachedForwarder(
  forwarder: Forwarder,
  { cache: seconds, now }: Pick<Settings, "cache" | "now">,
): Forwarder {
  const kept = new LRUCache<string, Kept>({ max: MAX_KEPT });
  const underWay = new Map<string, Promise<Reply>>();

  async function ask(request: Request, key: string): Promise<Reply> {
    const asking = forwarder.ask(request);
    underWay.set(key, asking);
    try {
      const reply = await asking;
      const lifetime = Math.min(seconds, lifetimeOf(reply));
      if (lifetime > 0) {
        const since = now().getTime();
        kept.set(key, { reply: ofRecords(reply), since, until: since + lifetime * 1000 });
      }
      return reply;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    async ask(request) {
      const key = keyOf(request);
      if (key === undefined) return forwarder.ask(request);
      const found = kept.get(key);
      const time = now().getTime();
      if (found !== undefined && time >= found.since && time < found.until) {
        return aged(found.reply, Math.floor((time - found.since) / 1000), seconds);
      }
      const asked = underWay.get(key);
      if (asked === undefined) return ask(request, key);
      const reply = await asked;
      // A message that could not be parsed exists only as bytes, with another client's question in them.
      return reply.relayed !== undefined && isEmpty(reply)
        ? forwarder.ask(request)
        : ofRecords(reply);
    },
    close: () => forwarder.close(),
  };
}

/** Requests with the same key share an answer; undefined for one that must have its own. */
function keyOf({ lowerName, type, class: rrClass, rd, cd, edns, client }: Request) {
  if (edns?.options.some(({ code }) => code === CLIENT_SUBNET)) return undefined;
  return [lowerName, type, rrClass, rd, cd, edns?.do ?? false, client.transport ?? ""].join(" ");
}

/** Seconds that a reply may be cached. */
function lifetimeOf(reply: Reply): number {
  const { rcode, tc, answers, authority, additional } = reply;
  if (tc || (rcode !== NOERROR && rcode !== NXDOMAIN)) return 0;
  if (answers.length === 0 && !authority.some(({ type }) => type === "SOA")) return 0;
  let lifetime = Number.POSITIVE_INFINITY;
  for (const records of [answers, authority, additional]) {
    for (const record of records) lifetime = Math.min(lifetime, ttlOf(record));
  }
  return lifetime;
}

/** A negative answer is cached for the lower of its SOA's TTL and minimum field (RFC 2308 section 5). */
function ttlOf(record: ResourceRecord): number {
  return record.type === "SOA" ? Math.min(record.ttl, record.data.minimum) : record.ttl;
}

function isEmpty({ answers, authority }: Reply): boolean {
  return answers.length === 0 && authority.length === 0;
}

/** Without the original bytes, in which the question is spelled as one client wrote it. */
function ofRecords({ relayed: _, ...reply }: Reply): Reply {
  return reply;
}

function aged(reply: Reply, seconds: number, longest: number): Reply {
  const age = (records: readonly ResourceRecord[]) =>
    records.map((record) => ({ ...record, ttl: Math.min(record.ttl, longest) - seconds }));
  return {
    ...reply,
    answers: age(reply.answers),
    authority: age(reply.authority),
    additional: age(reply.additional),
  };
}
