import { append } from "../objects/append.ts";
import { hostEntries } from "./host-entries.ts";
import { EMPTY_HOSTS, type Hosts, hosts, type LookupContext, missing } from "./hosts.ts";
import { isNameServerName, nameServerHosts } from "./name-server.ts";
import { type NameShape, shapeOf } from "./name-shape.ts";
import { isReverseZone, type Settings } from "./options.ts";
import type { Reason, Subject } from "./reason.ts";
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

/** A placeholder for the records of a name that another zone or server answers for. */
export interface OutsideTarget {
  readonly outside: string;
}

export type AnswerPart = ResourceRecord | OutsideTarget;

export interface ZoneAnswer {
  readonly status: "answer" | "nodata" | "missing" | "refused";
  readonly answers: readonly AnswerPart[];
  readonly additional: readonly ResourceRecord[];
  /** The rule that decided it. */
  readonly reason: Reason;
}

/** The data that zones are answered from. */
export interface ZoneContext extends LookupContext {
  readonly localIPs: readonly string[];
}

/** A CNAME behind more CNAMEs than this is dropped (D.6). */
const MAX_CNAMES = 10;
const DNS_VERSION = "1.1.0";
const DNS_VERSION_TTL = 28800;

const NONE: readonly never[] = [];
const REFUSED: ZoneAnswer = withoutRecords("refused", { rule: "type-refused" });

/** The records of a name in one of our zones, from the objects alone: a pure function (D.3 to D.10). */
export function zoneAnswer(question: ZoneQuestion, context: ZoneContext): ZoneAnswer {
  const { settings } = context;
  const { name, lowerName, zone } = question;
  const { ttl } = settings;
  switch (question.type) {
    case type.TYPE_A:
    case type.TYPE_AAAA:
      return addressAnswer(question, context);
    case type.TYPE_SRV: {
      const found = hostsAt(question, context);
      return found.entries === undefined ? nothing(found) : srvAnswer(question, found, settings);
    }
    case type.TYPE_CNAME: {
      const found = hostsAt(question, context);
      const first = found.entries?.[0];
      if (first?.family !== 0) return nothing(found);
      const { of } = found;
      return answerOf(of, [{ name, type: "CNAME", ttl, data: absolute(first.host) }]);
    }
    case type.TYPE_TXT: {
      if (lowerName === `dns-version.${zone.toLowerCase()}`) {
        const record = { name, type: "TXT" as const, ttl: DNS_VERSION_TTL, data: [DNS_VERSION] };
        return answerOf(undefined, [record]);
      }
      return textAnswer(question, context);
    }
    case type.TYPE_PTR: {
      const address = reverseAddress(lowerName);
      if (address === undefined) return nothing(ownHosts(question, context));
      const targets = reverseTargets(address, context);
      if (targets.length === 0)
        return withoutRecords("missing", { rule: "address-unknown", address });
      const records = targets.map((data) => ({ name, type: "PTR" as const, ttl, data }));
      return answerOf(undefined, records);
    }
    case type.TYPE_SOA: {
      if (lowerName.length === zone.length) return answerOf(undefined, [soaRecord(zone, context)]);
      // Only the apex has an SOA record; below it the answer is NODATA, even for names that don't exist (D.16 #3).
      return withoutRecords("nodata", nothing(hostsAt(question, context)).reason);
    }
    case type.TYPE_NS:
      if (lowerName === zone) return nameServerAnswer(question, context);
      break;
    case type.TYPE_AXFR:
    case type.TYPE_IXFR:
      return REFUSED;
  }
  return nothing(hostsAt({ ...question, type: type.TYPE_A }, context));
}

function withoutRecords(status: ZoneAnswer["status"], reason: Reason): ZoneAnswer {
  return { status, answers: NONE, additional: NONE, reason };
}

function answerOf(
  of: Subject | undefined,
  answers: readonly AnswerPart[],
  additional: readonly ResourceRecord[] = NONE,
): ZoneAnswer {
  return { status: "answer", answers, additional, reason: { rule: "answer", of } };
}

/** There is no record of the type, whether or not the name exists. */
function nothing({ entries, of, why }: Hosts, reason?: Reason): ZoneAnswer {
  const decided = why ?? reason ?? { rule: "type-missing", of };
  return withoutRecords(entries === undefined ? "missing" : "nodata", decided);
}

/** The zone's SOA record: the answer at the apex and the authority of every negative answer (D.8). */
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

/** Hosts of the name, with the name server's own (D.4, D.7). */
function hostsAt(question: ZoneQuestion, context: ZoneContext): Hosts {
  const { lowerName, zone } = question;
  if (!isNameServerName(lowerName, zone)) return ownHosts(question, context);
  context.topics.add("*");
  const entries = nameServerHosts(zone, context, context.localIPs).flatMap(({ address }) => {
    const family = addressFamily(address);
    const isAsked =
      (family === 4 && question.type === type.TYPE_A) ||
      (family === 6 && question.type === type.TYPE_AAAA);
    return isAsked ? [{ host: address, family, port: 0, target: "" }] : [];
  });
  return hosts(NAME_SERVER, entries, { rule: "type-missing", of: NAME_SERVER });
}

const NAME_SERVER: Subject = { kind: "name-server" };

/** Hosts of the name, without the name server's own. */
export function ownHosts(
  { lowerName, zone }: Pick<ZoneQuestion, "lowerName" | "zone">,
  context: LookupContext,
): Hosts {
  const shape = shapeIn({ lowerName, zone }, context.settings);
  if (shape.kind === "root") return EMPTY_HOSTS;
  if (isReverseZone(lowerName)) return missing({ rule: "type-missing", of: undefined });
  if (shape.kind === "object") {
    return hostEntries(shape, context, isMulticluster(zone.toLowerCase(), context.settings));
  }
  const { labels } = shape;
  const tree = labels.at(-1);
  const rule = tree === "svc" || tree === "pod" ? "too-many-labels" : "unknown-tree";
  return missing({ rule, labels });
}

function shapeIn(
  { lowerName, zone }: Pick<ZoneQuestion, "lowerName" | "zone">,
  settings: Settings,
): NameShape {
  const lowerZone = zone.toLowerCase();
  const multicluster = isMulticluster(lowerZone, settings);
  return shapeOf(lowerName, lowerZone, { multicluster, zonal: settings.zonal });
}

/** Whether a zone has ServiceImports; in lower case (D.17). */
export function isMulticluster(lowerZone: string, settings: Settings): boolean {
  return settings.multicluster.some((candidate) => isWithin(lowerZone, candidate));
}

/** A or AAAA records, after CNAMEs where a host is a name (D.5, D.6). */
function addressAnswer(question: ZoneQuestion, context: ZoneContext): ZoneAnswer {
  const found = hostsAt(question, context);
  const [first] = found.entries ?? [];
  if (first === undefined) return nothing(found);
  const records = addressRecords(question, found, context, []);
  const { of } = found;
  if (records.length > 0) return answerOf(of, records);
  const rule: Reason =
    first.family === 0
      ? { rule: "external-name-target", of, target: first.host }
      : { rule: "family-missing", of, has: first.family };
  return nothing(found, rule);
}

function addressRecords(
  question: ZoneQuestion,
  { entries = [] }: Hosts,
  context: ZoneContext,
  chain: readonly string[],
): AnswerPart[] {
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

/** IPv6 addresses have no loopback mirror, so the local view has none. */
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
  const rest = addressRecords(next, hostsAt(next, context), context, [...chain, target]);
  // A CNAME whose target has no records is left out (D.16 #6).
  return rest.length === 0 ? [] : [cname, ...rest];
}

function srvAnswer(question: ZoneQuestion, found: Hosts, settings: Settings): ZoneAnswer {
  const { name, zone } = question;
  const { ttl } = settings;
  const entries = (found.entries ?? []).filter((entry) => entry.family !== 0);
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
  return answers.length === 0 ? nothing(found) : answerOf(found.of, answers, additional);
}

/** dns-version has the only TXT record: other names are NODATA if they have hosts, else NXDOMAIN (D.16 #2). */
function textAnswer(question: ZoneQuestion, context: ZoneContext): ZoneAnswer {
  const found = ownHosts(question, context);
  const { entries = [], of } = found;
  const exists = entries.length > 0 || (of?.kind === "service" && of.shape.topologyZone !== "");
  return exists ? nothing(found) : withoutRecords("missing", nothing(found).reason);
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
  return answers.length === 0
    ? withoutRecords("nodata", { rule: "empty-name" })
    : answerOf(NAME_SERVER, answers, additional);
}
