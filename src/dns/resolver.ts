import { autopathSearch, isFirstInSearch } from "./autopath.ts";
import type { Catalog, Topic } from "./catalog.ts";
import type { Forwarder } from "./forwarder.ts";
import { type Hosts, missing } from "./hosts.ts";
import { localAddress } from "./local-view.ts";
import type { Settings } from "./options.ts";
import type { Reason } from "./reason.ts";
import { failure, type Maybe, type Reply, whenKnown } from "./reply.ts";
import type { Request } from "./request.ts";
import { addressFamily } from "./wire/address.ts";
import type { ResourceRecord } from "./wire/message.ts";
import { absolute } from "./wire/name.ts";
import { NOERROR, NXDOMAIN, REFUSED, SERVFAIL } from "./wire/rcode.ts";
import { TYPE_A, TYPE_AAAA } from "./wire/record-type.ts";
import {
  type AnswerPart,
  ownHosts,
  soaRecord,
  type ZoneAnswer,
  type ZoneContext,
  zoneAnswer,
} from "./zone-answer.ts";
import { isWithin, zoneOf } from "./zones.ts";

/** Questions asked in order to answer one (CNAMEs from zone to zone), at most. */
const MAX_DEPTH = 10;

/**
 * Answers questions: from our own zones first, then from the upstream, if there is one. Synchronous unless the
 * upstream has to be asked.
 */
export class Resolver {
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly #forwarder: Forwarder | undefined;
  /** Where the servers listen, for NS records. */
  listenAddresses: readonly string[] = [];

  constructor(catalog: Catalog, settings: Settings, forwarder: Forwarder | undefined) {
    this.catalog = catalog;
    this.settings = settings;
    this.#forwarder = forwarder;
  }

  get localIPs(): readonly string[] {
    return this.settings.localIPs ?? this.listenAddresses;
  }

  /** The hosts of a name in the server's zones, or the rule by which it has none. */
  find(lowerName: string): Hosts {
    const { catalog, settings } = this;
    const zone = zoneOf(lowerName, settings.zones);
    if (zone === undefined || !isWithin(lowerName, settings.serverBlock)) return missing(OUTSIDE);
    return ownHosts({ lowerName, zone }, { catalog, settings, topics: new Set() });
  }

  resolve(request: Request, depth = 0): Maybe<Reply> {
    const { settings } = this;
    if (request.class !== 1 && this.#forwarder === undefined) return failure(REFUSED, OUTSIDE);
    if (!isWithin(request.lowerName, settings.serverBlock)) return failure(REFUSED, OUTSIDE);
    if (settings.autopath && depth === 0) {
      const search = autopathSearch(request, this.catalog, settings);
      if (search !== undefined && isFirstInSearch(request.lowerName, search)) {
        return this.#autopath(request, search);
      }
    }
    return this.#chain(request, depth);
  }

  /** Our own zones, then the upstream for names that fall through. */
  #chain(request: Request, depth: number): Maybe<Reply> {
    const { settings } = this;
    const zone = zoneOf(request.lowerName, settings.zones);
    if (zone === undefined) return this.#furtherHost(request) ?? this.#forward(request);
    const topics = new Set<Topic>();
    const context: ZoneContext = {
      catalog: this.catalog,
      settings,
      topics,
      localIPs: this.localIPs,
    };
    const typedZone = zone === "." ? "." : request.name.slice(-zone.length);
    const answer = zoneAnswer({ ...request, zone: typedZone }, context);
    switch (answer.status) {
      case "refused":
        return failure(REFUSED, answer.reason);
      case "missing":
        if (settings.fallthrough.some((through) => isWithin(request.lowerName, through))) {
          return this.#forward(request, answer.reason);
        }
        return settings.synced()
          ? this.#negative(NXDOMAIN, typedZone, context, answer.reason)
          : this.#negative(SERVFAIL, typedZone, context, { rule: "not-synced" });
      case "nodata":
        return this.#negative(NOERROR, typedZone, context, answer.reason);
      case "answer":
        return whenKnown(
          this.#complete(answer.answers, request, depth),
          ({ records, tc, kept }) => {
            // Where other servers have no records of a CNAME's target, nothing is left to answer with.
            if (records.length === 0) {
              return this.#negative(NOERROR, typedZone, context, nothingOutside(answer));
            }
            const reply: Reply = {
              rcode: NOERROR,
              aa: true,
              ra: false,
              tc,
              answers: records,
              authority: [],
              additional: answer.additional,
              reason: answer.reason,
            };
            return kept && !topics.has("*") ? { ...reply, topics } : reply;
          },
        );
    }
  }

  /** The answer for a host of a route; undefined for every other name. */
  #furtherHost({ name, lowerName, type }: Request): Reply | undefined {
    const { hosts, view, mirror, ttl } = this.settings;
    const addresses = hosts?.(lowerName.slice(0, -1));
    if (addresses === undefined) return undefined;
    const records = addresses.flatMap((address): ResourceRecord[] => {
      const data = view === "local" ? localAddress(address, mirror) : address;
      const own = addressFamily(address) === 4 ? TYPE_A : TYPE_AAAA;
      return own === type ? [{ name, type: own === TYPE_A ? "A" : "AAAA", ttl, data }] : [];
    });
    if (records.length === 0) {
      const context = { catalog: this.catalog, settings: this.settings, topics: EVERYTHING };
      const reason: Reason = { rule: "type-missing", of: undefined };
      return this.#negative(NOERROR, name, { ...context, localIPs: this.localIPs }, reason);
    }
    // No topics are given, as any change may concern a route.
    return {
      rcode: NOERROR,
      aa: true,
      ra: false,
      tc: false,
      answers: records,
      authority: [],
      additional: [],
      reason: { rule: "answer", of: undefined },
    };
  }

  #negative(rcode: number, zone: string, context: ZoneContext, reason: Reason): Reply {
    const reply: Reply = {
      rcode,
      aa: true,
      ra: false,
      tc: false,
      answers: [],
      authority: [soaRecord(zone, context)],
      additional: [],
      reason,
    };
    return context.topics.has("*") || !this.settings.synced()
      ? reply
      : { ...reply, topics: context.topics };
  }

  /** Adds what other zones and servers answer for the targets of CNAMEs; their rcode is ignored (D.6). */
  #complete(
    parts: readonly AnswerPart[],
    request: Request,
    depth: number,
  ): Maybe<{ records: ResourceRecord[]; tc: boolean; kept: boolean }> {
    if (!parts.some((part) => "outside" in part)) {
      return { records: parts as ResourceRecord[], tc: false, kept: true };
    }
    const pieces = parts.map((part): Maybe<Reply | ResourceRecord> => {
      if (!("outside" in part)) return part;
      if (depth >= MAX_DEPTH) return failure(SERVFAIL);
      const { bytes: _, ...rest } = request;
      const name = part.outside;
      return this.resolve({ ...rest, name, lowerName: name.toLowerCase() }, depth + 1);
    });
    const join = (settled: readonly (Reply | ResourceRecord)[]) => ({
      records: settled.flatMap((piece) => ("rcode" in piece ? piece.answers : [piece])),
      tc: settled.some((piece) => "rcode" in piece && piece.tc),
      kept: false,
    });
    return pieces.some((piece) => piece instanceof Promise)
      ? Promise.all(pieces).then(join)
      : join(pieces as (Reply | ResourceRecord)[]);
  }

  /** @param reason why our zones don't answer. */
  #forward(request: Request, reason: Reason = OUTSIDE): Maybe<Reply> {
    return this.#forwarder === undefined ? failure(SERVFAIL, reason) : this.#forwarder.ask(request);
  }

  /** Tries the search list on behalf of the client; the first name that exists wins (D.15). */
  #autopath(request: Request, search: readonly string[]): Maybe<Reply> {
    const base = request.name.slice(0, request.name.length - (search[0] as string).length);
    let first: Reply | undefined;
    const attempt = (i: number): Maybe<Reply> => {
      if (i === search.length) return first ?? failure(SERVFAIL);
      const { bytes, ...rest } = request;
      const name = i === 0 ? request.name : absolute(`${base}${search[i]}`);
      const next = { ...rest, name, lowerName: name.toLowerCase() };
      const asked = this.#chain(i === 0 && bytes !== undefined ? { ...next, bytes } : next, 1);
      return whenKnown(asked, (reply) => {
        first ??= reply;
        const written = reply.rcode !== SERVFAIL || reply.aa || reply.relayed !== undefined;
        if (!written || reply.rcode === REFUSED || reply.rcode === NXDOMAIN) return attempt(i + 1);
        return i === 0 ? reply : underName(request.name, reply);
      });
    };
    return whenKnown(attempt(0), ({ topics: _, ...reply }) => reply);
  }
}

const EVERYTHING: Set<Topic> = new Set(["*"]);
const OUTSIDE: Reason = { rule: "outside-zones" };

/** Why an answer that other servers should have completed has no records. */
function nothingOutside({ answers, reason }: ZoneAnswer): Reason {
  const last = answers.findLast((part) => "outside" in part);
  const of = reason.rule === "answer" ? reason.of : undefined;
  return { rule: "external-name-target", of, target: last === undefined ? "" : last.outside };
}

/** A reply that was found under another name, as the answer for this one: a CNAME leads there. */
function underName(name: string, reply: Reply): Reply {
  const { relayed: _, ...own } = reply;
  const first = own.answers[0];
  if (first === undefined || first.name === name) return own;
  const cname: ResourceRecord = { name, type: "CNAME", ttl: first.ttl, data: first.name };
  return { ...own, answers: [cname, ...own.answers] };
}
