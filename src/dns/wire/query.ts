import { readOptions } from "./decode.ts";
import type { Edns, EdnsOption } from "./message.ts";
import { nameEnd, readName } from "./name.ts";
import { FORMERR, NOTIMP, SERVFAIL } from "./rcode.ts";
import { TYPE_OPT } from "./record-type.ts";
import { WireError } from "./wire-error.ts";

/** A request as a server sees it. */
export interface Query {
  readonly bytes: Uint8Array;
  readonly opcode: number;
  readonly rd: boolean;
  readonly cd: boolean;
  /** As typed, presentation form with the final dot. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Where the question ends, if its name has no pointers; else 0. */
  readonly questionEnd: number;
  readonly edns: Edns | undefined;
}

/** A message that is answered with an error: a bare header, with the question if that could be read. */
export interface BadQuery {
  readonly rcode: typeof FORMERR | typeof NOTIMP | typeof SERVFAIL;
  readonly opcode: number;
  readonly rd: boolean;
  readonly cd: boolean;
  /** Where the question ends; 0 when it could not be read. */
  readonly questionEnd: number;
  readonly name: string;
}

const OPCODE_QUERY = 0;
const OPCODE_NOTIFY = 4;

/**
 * Reads a request as leniently as CoreDNS does (D.13): bytes behind the message, extra OPT records and unusual header
 * bits are ignored.
 * @returns undefined for what must not be answered: less than a header, or a response.
 */
export function readQuery(bytes: Uint8Array): Query | BadQuery | undefined {
  if (bytes.length < 12) return undefined;
  const high = bytes[2] as number;
  if ((high & 0x80) !== 0) return undefined;
  const opcode = (high >> 3) & 15;
  const rd = (high & 1) !== 0;
  const cd = ((bytes[3] as number) & 0x10) !== 0;
  const bad = (rcode: BadQuery["rcode"], questionEnd = 0, name = ""): BadQuery => {
    // A SERVFAIL for a NOTIFY doesn't return RD and CD.
    const copied = rcode !== SERVFAIL || opcode === OPCODE_QUERY;
    return {
      rcode,
      opcode: rcode === FORMERR ? 0 : opcode,
      rd: rd && copied,
      cd: cd && copied,
      questionEnd,
      name,
    };
  };
  if (opcode !== OPCODE_QUERY && opcode !== OPCODE_NOTIFY) return bad(NOTIMP);
  const records = [6, 8, 10].map((at) => uint16(bytes, at)) as [number, number, number];
  if (uint16(bytes, 4) !== 1 || records[0] > 1 || records[1] > 1 || records[2] > 2) {
    return bad(FORMERR);
  }
  // CoreDNS accepts a header that announces a question and ends there; then it has nothing to answer.
  if (bytes.length === 12) return bad(SERVFAIL);
  let questionEnd = 0;
  let name = "";
  try {
    name = readName(bytes, 12, true);
    const at = nameEnd;
    if (at + 4 > bytes.length) return bad(FORMERR);
    // A name with pointers can't be copied: they refer to offsets of this message.
    const plain = !name.includes("\\") && nameLength(name) === at - 12;
    questionEnd = plain ? at + 4 : 0;
    const edns =
      records[0] + records[1] + records[2] === 0 ? undefined : readEdns(bytes, at + 4, records);
    const [type, rrClass] = [uint16(bytes, at), uint16(bytes, at + 2)];
    return { bytes, opcode, rd, cd, name, type, class: rrClass, questionEnd, edns };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return bad(FORMERR, questionEnd, name);
  }
}

function nameLength(name: string): number {
  return name === "." ? 1 : name.length + 1;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Finds the last OPT record. Counts that exceed the records in the message are tolerated. */
function readEdns(
  bytes: Uint8Array,
  start: number,
  counts: readonly [number, number, number],
): Edns | undefined {
  let edns: Edns | undefined;
  let at = start;
  for (let i = counts[0] + counts[1] + counts[2]; i > 0; i--) {
    if (at === bytes.length) return edns;
    readName(bytes, at, true);
    at = nameEnd;
    if (at + 10 > bytes.length) throw new WireError("record-cut", at);
    const end = at + 10 + uint16(bytes, at + 8);
    if (end > bytes.length) throw new WireError("record-cut", at);
    if (uint16(bytes, at) === TYPE_OPT && i <= counts[2]) {
      edns = {
        udpSize: uint16(bytes, at + 2),
        version: bytes[at + 5] as number,
        do: ((bytes[at + 6] as number) & 0x80) !== 0,
        options: readOptions(bytes, at + 10, end),
      };
      if (!edns.options.every(isWellFormed)) throw new WireError("record-data", at + 10);
    }
    at = end;
  }
  return edns;
}

const SUBNET = 8;
const EXPIRE = 9;
const KEEPALIVE = 11;
const EXTENDED_ERROR = 15;

/**
 * Whether an option's data has the form that its code requires (RFC 7871, 7314, 7828, 8914); other options may hold
 * anything.
 */
function isWellFormed({ code, data }: EdnsOption): boolean {
  switch (code) {
    case SUBNET: {
      if (data.length < 4) return false;
      const family = uint16(data, 0);
      const bits = [0, 32, 128][family];
      return bits !== undefined && (data[2] as number) <= bits && (data[3] as number) <= bits;
    }
    case EXPIRE:
      return data.length === 0 || data.length >= 4;
    case KEEPALIVE:
      return data.length === 0 || data.length === 2;
    case EXTENDED_ERROR:
      // An empty one asks for one.
      return data.length !== 1;
    default:
      return true;
  }
}
