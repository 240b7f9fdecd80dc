import type { Client } from "./client.ts";
import { type PackedAnswer, PackedAnswers } from "./packed-answers.ts";
import { relay } from "./relay.ts";
import { type Maybe, type Reply, whenKnown } from "./reply.ts";
import type { Resolver } from "./resolver.ts";
import { shuffleAddresses } from "./shuffle.ts";
import { CLASS_IN, type Edns, type EdnsOption } from "./wire/message.ts";
import { MessageWriter, optionsLength } from "./wire/message-writer.ts";
import type { BadQuery, Query } from "./wire/query.ts";
import { readQuery } from "./wire/query.ts";
import { BADVERS, SERVFAIL } from "./wire/rcode.ts";
import { EncodeError } from "./wire/wire-error.ts";

/** Bytes of a UDP request that are read, as in CoreDNS (D.13). */
const UDP_REQUEST = 512;
/** Longer requests are rare, so their answers are not kept. */
const KEPT_REQUEST = 320;
const MAX_MESSAGE = 65535;
/** The limit for UDP answers, whatever size the client allows: what fits into an IPv4 datagram. */
const MAX_DATAGRAM = 65507;
const HEADER = 12;
const COOKIE = 10;
const EDE = 15;
/** Options that are returned as they were sent: NSID, EXPIRE, COOKIE, TCP-KEEPALIVE, PADDING (D.13). */
const ECHOED = new Set([3, 9, 10, 11, 12]);

/** The reason for an answer, as an Extended DNS Error (RFC 8914). */
export interface ExtendedError {
  readonly infoCode: number;
  readonly text: string;
}

/** Says why a question gets no positive answer. */
export type ExplainReply = (name: string, type: number, reply: Reply) => ExtendedError | undefined;

/** Turns a request into a reply: the whole server without its sockets (D.13). */
export class Responder {
  readonly #resolver: Resolver;
  readonly #explain: ExplainReply;
  readonly #packed: PackedAnswers | undefined;

  constructor(resolver: Resolver, explain: ExplainReply) {
    this.#resolver = resolver;
    this.#explain = explain;
    const { packedBytes, autopath, random } = resolver.settings;
    // With autopath the same request has different answers for different clients.
    if (packedBytes > 0 && !autopath) {
      const packed = new PackedAnswers(packedBytes, random);
      this.#packed = packed;
      resolver.catalog.subscribe((topics) => packed.drop(topics));
    }
  }

  /**
   * The reply to a message, or undefined for one that must not be answered. A promise only where an upstream has to
   * be asked.
   */
  answer(message: Uint8Array, client: Client): Maybe<Uint8Array | undefined> {
    if (message.length < HEADER) return undefined;
    const bytes =
      message instanceof Buffer
        ? message
        : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    const udp = client.transport !== "tcp";
    const packed = udp && bytes.length <= KEPT_REQUEST ? this.#packed : undefined;
    if (packed === undefined) return this.#answer(bytes, client, udp, undefined);
    const { catalog, settings } = this.#resolver;
    const kept = packed.get(bytes, catalog.serial, settings.random);
    return kept ?? this.#answer(bytes, client, udp, packed);
  }

  #answer(
    bytes: Buffer,
    client: Client,
    udp: boolean,
    packed: PackedAnswers | undefined,
  ): Maybe<Uint8Array | undefined> {
    const query = readQuery(udp ? bytes.subarray(0, UDP_REQUEST) : bytes);
    if (query === undefined) return undefined;
    const id = bytes.readUInt16BE(0);
    if (!("class" in query)) return badQuery(bytes, id, query);
    const { edns } = query;
    const limit = udp ? Math.min(Math.max(512, edns?.udpSize ?? 0), MAX_DATAGRAM) : MAX_MESSAGE;
    const { settings } = this.#resolver;
    const isRefused = query.class !== CLASS_IN && settings.upstream.length === 0;
    if (edns !== undefined && edns.version > 0 && !isRefused) {
      return this.#pack(query, id, emptyReply(BADVERS), limit).bytes;
    }
    const { name, type, rd, cd } = query;
    const lowerName = name.toLowerCase();
    const request = { name, lowerName, type, class: query.class, rd, cd, edns, client, bytes };
    return whenKnown(this.#resolver.resolve(request), (reply) => {
      if (reply.relayed !== undefined) {
        return relay(reply.relayed, query, limit, edns?.options.filter(isEchoed) ?? []);
      }
      const answers = shuffleAddresses(reply.answers, settings.random);
      const answer = this.#pack(query, id, { ...reply, answers }, limit);
      const keep = packed !== undefined && reply.topics !== undefined && !answer.truncated;
      if (keep && (edns === undefined || edns.options.length === 0)) {
        packed.set(bytes, answer, reply.topics as ReadonlySet<string>);
      }
      return answer.bytes;
    });
  }

  /** Writes a reply; where an object contains an invalid name, it becomes SERVFAIL. */
  #pack(query: Query, id: number, reply: Reply, limit: number): PackedAnswer & Truncation {
    try {
      return pack(query, id, reply, limit, this.#options(query, reply));
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return pack(query, id, emptyReply(SERVFAIL), limit, []);
    }
  }

  #options({ edns, name, type }: Query, reply: Reply): readonly EdnsOption[] {
    if (edns === undefined || edns.options.length === 0 || reply.rcode === BADVERS) return [];
    const options = edns.options.filter(isEchoed);
    if (reply.answers.length > 0 || !edns.options.some(({ code }) => code === EDE)) return options;
    const error = this.#explain(name, type, reply);
    if (error === undefined) return options;
    const text = Buffer.from(error.text).subarray(0, 220);
    const data = Buffer.concat([Buffer.from([error.infoCode >> 8, error.infoCode & 255]), text]);
    return [...options, { code: EDE, data }];
  }
}

interface Truncation {
  readonly truncated: boolean;
}

/** A cookie of an invalid length is not returned: dig would call the reply malformed (RFC 7873). */
function isEchoed({ code, data: { length } }: EdnsOption): boolean {
  return ECHOED.has(code) && (code !== COOKIE || length === 8 || (length >= 16 && length <= 40));
}

function emptyReply(rcode: number): Reply {
  return { rcode, aa: false, ra: false, tc: false, answers: [], authority: [], additional: [] };
}

function pack(
  query: Query,
  id: number,
  reply: Reply,
  limit: number,
  wanted: readonly EdnsOption[],
): PackedAnswer & Truncation {
  const { edns } = query;
  const question = HEADER + query.name.length + 5;
  // The OPT record is always sent, its options only if there is room for them.
  const options = question + 11 + optionsLength(wanted) > limit ? [] : wanted;
  const addressesAt: number[] = [];
  const reserved = edns === undefined ? 0 : 11 + optionsLength(options);
  const writer = MessageWriter.begin(limit, reserved, addressesAt);
  if (query.questionEnd > 0) writer.rawQuestion(query.bytes, 12, query.questionEnd, query.name);
  else writer.question(query.name, query.type, query.class);
  writer.records(1, reply.answers);
  writer.records(2, reply.authority);
  writer.records(3, reply.additional);
  if (edns !== undefined) writeOpt(writer, edns, reply.rcode, options);
  // RD and CD are copied for queries only, not for NOTIFY.
  const copied = query.opcode === 0 ? (query.rd ? 0x0100 : 0) | (query.cd ? 0x0010 : 0) : 0;
  const flags =
    0x8000 |
    (query.opcode << 11) |
    (reply.aa ? 0x0400 : 0) |
    (reply.tc || writer.truncated ? 0x0200 : 0) |
    (reply.ra ? 0x0080 : 0) |
    copied |
    (reply.rcode & 15);
  return {
    bytes: writer.finish(id, flags),
    serialAt: writer.serialAt,
    addressesAt: addressesAt.length > 1 ? addressesAt : [],
    addressSize: reply.answers.some((record) => record.type === "AAAA") ? 16 : 4,
    truncated: writer.truncated,
  };
}

function writeOpt(
  writer: MessageWriter,
  edns: Edns,
  rcode: number,
  options: readonly EdnsOption[],
): void {
  if (rcode === BADVERS) writer.opt(0, (rcode >>> 4) * 0x1000000, []);
  else writer.opt(edns.udpSize, edns.do ? 0x8000 : 0, options);
}

/** FORMERR or NOTIMP: a bare header, with the question if that much could be read. */
function badQuery(bytes: Buffer, id: number, bad: BadQuery): Buffer {
  const end = Math.max(12, bad.questionEnd);
  const reply = Buffer.alloc(end);
  bytes.copy(reply, 12, 12, end);
  reply.writeUInt16BE(id, 0);
  const flags = (bad.opcode << 11) | (bad.rd ? 0x0100 : 0) | (bad.cd ? 0x0010 : 0);
  reply.writeUInt16BE(0x8000 | flags | bad.rcode, 2);
  if (end > 12) reply.writeUInt16BE(1, 4);
  return reply;
}
