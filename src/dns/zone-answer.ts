import { append } from "../objects/append.ts";
import { type HostEntry, hostEntries, type LookupContext, MISSING } from "./host-entries.ts";
import { isNameServerName, nameServerHosts } from "./name-server.ts";
import { type NameShape, shapeOf } from "./name-shape.ts";
import { isReverseZone, type Settings } from "./options.ts";
import { reverseAddress, reverseTargets } from "./reverse.ts";
import { addressFamily } from "./wire/address.ts";
import type { ResourceRecord, SoaRecord } from "./wire/message.ts";
import { absolute } from "./wire/name.ts";
import * as type from "./wire/record-type.ts";
import { isWithin } from "./zones.ts";

/** A question about a name in one of our zones. */
export interface ZoneQuestion {
  /** As typed. */
  readonly name: string;
  readonly lowerName: string;
  readonly type: number;
  /** The zone as typed: the last labels of the name. */
  readonly zone: string;
}

/** Stands in an answer for the records of a name that another zone or server knows. */
export interface OutsideTarget {
  readonly outside: string;
}

export type AnswerPart = ResourceRecord | OutsideTarget;

export interface ZoneAnswer {
  readonly status: "answer" | "nodata" | "missing" | "refused";
  readonly answers: readonly AnswerPart[];
  readonly additional: readonly ResourceRecord[];
}

/** What the zones are answered from. */
export interface ZoneContext extends LookupContext {
  readonly localIPs: readonly string[];
}

/** More CNAMEs than this before one, and it is dropped (D.6). */
const MAX_CNAMES = 10;
const DNS_VERSION = "1.1.0";
const DNS_VERSION_TTL = 28800;

const NODATA: ZoneAnswer = { status: "nodata", answers: [], additional: [] };
const NAME_MISSING: ZoneAnswer = { status: "missing", answers: [], additional: [] };
const REFUSED: ZoneAnswer = { status: "refused", answers: [], additional: [] };

/** The records of a name in a zone of ours, by the objects alone: a pure function (D.3 to D.10). */
export function zoneAnswer(question: ZoneQuestion, context: ZoneContext): ZoneAnswer {
  const { settings } = context;
  const { name, lowerName, zone } = question;
  const { ttl } = settings;
  switch (question.type) {
    case type.TYPE_A:
    case type.TYPE_AAAA: {
      const answers = addressRecords(question, context, []);
      return answers === MISSING ? NAME_MISSING : found(answers);
    }
    case type.TYPE_SRV: {
      const entries = entriesAt(question, context);
      return entries === MISSING ? NAME_MISSING : srvAnswer(question, entries, settings);
    }
    case type.TYPE_CNAME: {
      const entries = entriesAt(question, context);
      if (entries === MISSING) return NAME_MISSING;
      const first = entries[0];
      if (first?.family !== 0) return NODATA;
      return found([{ name, type: "CNAME", ttl, data: absolute(first.host) }]);
    }
    case type.TYPE_TXT: {
      if (lowerName === `dns-version.${zone.toLowerCase()}`) {
        return found([{ name, type: "TXT", ttl: DNS_VERSION_TTL, data: [DNS_VERSION] }]);
      }
      return textStatus(question, context);
    }
    case type.TYPE_PTR: {
      const address = reverseAddress(lowerName);
      if (address === undefined) return plainStatus(question, context);
      const targets = reverseTargets(address, context);
      if (targets.length === 0) return NAME_MISSING;
      return found(targets.map((data) => ({ name, type: "PTR", ttl, data })));
    }
    case type.TYPE_SOA:
      // Below the apex there is none, and that goes for names that don't exist too (D.16 #3).
      return lowerName.length === zone.length ? found([soaRecord(zone, context)]) : NODATA;
    case type.TYPE_NS:
      if (lowerName === zone) return nameServerAnswer(question, context);
      break;
    case type.TYPE_AXFR:
    case type.TYPE_IXFR:
      return REFUSED;
  }
  return entriesAt({ ...question, type: type.TYPE_A }, context) === MISSING ? NAME_MISSING : NODATA;
}

function found(answers: readonly AnswerPart[], additional: ResourceRecord[] = []): ZoneAnswer {
  return answers.length === 0 ? NODATA : { status: "answer", answers, additional };
}

/** The zone's SOA: the answer at the apex and the authority of every negative answer (D.8). */
export function soaRecord(zone: string, { catalog, settings }: LookupContext): SoaRecord {
  return {
    name: zone,
    type: "SOA",
    ttl: Math.min(settings.ttl, 300),
    data: {
      mname: zone === "." ? "ns.dns." : `ns.dns.${zone}`,
      rname: zone === "." ? "hostmaster." : `hostmaster.${zone}`,
      serial: settings.synced() ? catalog.serial : 0,
      refresh: 7200,
      retry: 1800,
      expire: 86400,
      minimum: settings.ttl,
    },
  };
}

/** Hosts of the name, the name server's own included (D.4, D.7). */
function entriesAt(
  question: ZoneQuestion,
  context: ZoneContext,
): readonly HostEntry[] | typeof MISSING {
  const { lowerName, zone } = question;
  if (isNameServerName(lowerName, zone)) {
    context.topics.add("*");
    return nameServerHosts(zone, context, context.localIPs).flatMap(({ address }) => {
      const family = addressFamily(address);
      const isAsked =
        (family === 4 && question.type === type.TYPE_A) ||
        (family === 6 && question.type === type.TYPE_AAAA);
      return isAsked ? [{ host: address, family, port: 0, target: "" }] : [];
    });
  }
  const shape = shapeIn(question, context.settings);
  return shape.kind === "root" ? [] : objectEntries(question, shape, context);
}

function shapeIn({ lowerName, zone }: ZoneQuestion, settings: Settings): NameShape {
  const lowerZone = zone.toLowerCase();
  const multicluster = isMulticluster(lowerZone, settings);
  return shapeOf(lowerName, lowerZone, { multicluster, zonal: settings.zonal });
}

/** Whether a zone holds ServiceImports; in lower case (D.17). */
export function isMulticluster(lowerZone: string, settings: Settings): boolean {
  return settings.multicluster.some((candidate) => isWithin(lowerZone, candidate));
}

function objectEntries(
  { lowerName, zone }: ZoneQuestion,
  shape: NameShape,
  context: ZoneContext,
): readonly HostEntry[] | typeof MISSING {
  if (shape.kind !== "object" || isReverseZone(lowerName)) return MISSING;
  return hostEntries(shape, context, isMulticluster(zone.toLowerCase(), context.settings));
}

/** A or AAAA records, behind CNAMEs where a host is a name (D.5, D.6). */
function addressRecords(
  question: ZoneQuestion,
  context: ZoneContext,
  chain: readonly string[],
): AnswerPart[] | typeof MISSING {
  const entries = entriesAt(question, context);
  if (entries === MISSING) return MISSING;
  const { settings } = context;
  const family = question.type === type.TYPE_A ? 4 : 6;
  const recordType = family === 4 ? "A" : "AAAA";
  const { name } = question;
  const { ttl } = settings;
  const parts: AnswerPart[] = [];
  const seen = new Set<string>();
  for (const entry of entries) {
    if (entry.family === 0) {
      append(parts, chase(question, absolute(entry.host), context, chain));
    } else if (entry.family === family && isReachable(family, settings) && !seen.has(entry.host)) {
      seen.add(entry.host);
      parts.push({ name, type: recordType, ttl, data: entry.host });
    }
  }
  return parts;
}

/** IPv6 addresses have no loopback mirror, so the local view has none to offer. */
function isReachable(family: 4 | 6, settings: Settings): boolean {
  return family === 4 || settings.view === "cluster";
}

function chase(
  question: ZoneQuestion,
  target: string,
  context: ZoneContext,
  chain: readonly string[],
): readonly AnswerPart[] {
  const lowerTarget = target.toLowerCase();
  if (isWithin(lowerTarget, question.lowerName)) return [];
  if (chain.length > MAX_CNAMES || chain.includes(target)) return [];
  const { name, zone } = question;
  const cname: ResourceRecord = {
    name,
    type: "CNAME",
    ttl: context.settings.ttl,
    data: target,
  };
  if (!isWithin(lowerTarget, zone.toLowerCase())) return [cname, { outside: target }];
  const next = { ...question, name: target, lowerName: lowerTarget };
  const rest = addressRecords(next, context, [...chain, target]);
  // A CNAME to nothing is dropped with it (D.16 #6).
  return rest === MISSING || rest.length === 0 ? [] : [cname, ...rest];
}

function srvAnswer(
  question: ZoneQuestion,
  all: readonly HostEntry[],
  settings: Settings,
): ZoneAnswer {
  const { name, zone } = question;
  const { ttl } = settings;
  const entries = all.filter((entry) => entry.family !== 0);
  const weight = Math.max(1, Math.floor((100 / (100 * entries.length)) * 100));
  const answers: ResourceRecord[] = [];
  const additional: ResourceRecord[] = [];
  const seen = new Set<string>();
  for (const { host, family, port, target: label } of entries) {
    if (port === -1) continue;
    const target = `${label}.${zone}`;
    const service = `${target} ${port}`;
    if (!seen.has(service)) {
      seen.add(service);
      answers.push({ name, type: "SRV", ttl, data: { priority: 0, weight, port, target } });
    }
    const address = `${target} ${host}`;
    if (!seen.has(address) && isReachable(family === 6 ? 6 : 4, settings)) {
      seen.add(address);
      additional.push({ name: target, type: family === 4 ? "A" : "AAAA", ttl, data: host });
    }
  }
  return found(answers, additional);
}

/** There is no TXT but dns-version: NODATA at names with hosts, all others are missing (D.16 #2). */
function textStatus(question: ZoneQuestion, context: ZoneContext): ZoneAnswer {
  const shape = shapeIn(question, context.settings);
  const entries = objectEntries(question, shape, context);
  if (entries === MISSING) return NAME_MISSING;
  return entries.length > 0 || (shape.kind === "object" && shape.topologyZone !== "")
    ? NODATA
    : NAME_MISSING;
}

/** Whether a name exists, the name server's own not among them. */
function plainStatus(question: ZoneQuestion, context: ZoneContext): ZoneAnswer {
  const shape = shapeIn(question, context.settings);
  if (shape.kind === "root") return NODATA;
  return objectEntries(question, shape, context) === MISSING ? NAME_MISSING : NODATA;
}

function nameServerAnswer({ name, zone }: ZoneQuestion, context: ZoneContext): ZoneAnswer {
  const { ttl } = context.settings;
  context.topics.add("*");
  const answers: ResourceRecord[] = [];
  const additional: ResourceRecord[] = [];
  const seen = new Set<string>();
  for (const host of nameServerHosts(zone, context, context.localIPs)) {
    const recordType = addressFamily(host.address) === 4 ? "A" : "AAAA";
    additional.push({ name: host.name, type: recordType, ttl, data: host.address });
    if (seen.has(host.name)) continue;
    seen.add(host.name);
    answers.push({ name, type: "NS", ttl, data: host.name });
  }
  return found(answers, additional);
}
