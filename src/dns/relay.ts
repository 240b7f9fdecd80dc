import type { Edns, EdnsOption } from "./wire/message.ts";
import { nameEnd, readName } from "./wire/name.ts";
import type { Query } from "./wire/query.ts";
import { TYPE_OPT } from "./wire/record-type.ts";
import { WireError } from "./wire/wire-error.ts";

const MAX_MESSAGE = 65535;

/**
 * An upstream's message as the reply to a request: with the request's ID and the OPT record that the client expects
 * (D.13), cut to the bare question with TC if it is too long.
 * @param echoed the client's options, which are returned if the upstream doesn't use EDNS.
 */
export function relay(
  relayed: Uint8Array,
  query: Query,
  limit: number,
  echoed: readonly EdnsOption[],
): Buffer {
  const reply = Buffer.concat([relayed, optFor(query.edns, relayed, echoed)]);
  Buffer.from(query.bytes.buffer, query.bytes.byteOffset).copy(reply, 0, 0, 2);
  if (reply.length > relayed.length) reply.writeUInt16BE(reply.readUInt16BE(10) + 1, 10);
  if (reply.length <= limit && reply.length <= MAX_MESSAGE) return reply;
  return truncated(reply);
}

/** The question alone with TC set, so that the client asks again over TCP. */
function truncated(reply: Buffer): Buffer {
  readName(reply, 12, true);
  const head = Buffer.from(reply.subarray(0, nameEnd + 4));
  head[2] = (head[2] as number) | 0x02;
  head.fill(0, 6, 12);
  return head;
}

/** Adapts the upstream's OPT record in place, or makes one to append. */
function optFor(
  edns: Edns | undefined,
  relayed: Uint8Array,
  echoed: readonly EdnsOption[],
): Buffer {
  if (edns === undefined) return Buffer.alloc(0);
  const at = findOpt(relayed);
  const flags = edns.do ? 0x8000 : 0;
  if (at >= 0) {
    const bytes = Buffer.from(relayed.buffer, relayed.byteOffset, relayed.length);
    bytes.writeUInt16BE(edns.udpSize, at + 3);
    bytes[at + 6] = 0;
    bytes.writeUInt16BE(flags, at + 7);
    return Buffer.alloc(0);
  }
  const options = echoed.map(({ code, data }) => {
    const head = Buffer.from([code >> 8, code & 255, data.length >> 8, data.length & 255]);
    return Buffer.concat([head, data]);
  });
  const body = Buffer.concat(options);
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(TYPE_OPT, 1);
  opt.writeUInt16BE(edns.udpSize, 3);
  opt.writeUInt16BE(flags, 7);
  opt.writeUInt16BE(body.length, 9);
  return Buffer.concat([opt, body]);
}

/** Offset of an OPT record (its owner is the root), or -1 where none is found. */
function findOpt(message: Uint8Array): number {
  const uint16 = (at: number) => ((message[at] as number) << 8) | (message[at + 1] as number);
  try {
    readName(message, 12, true);
    let at = nameEnd + 4;
    for (let i = uint16(6) + uint16(8) + uint16(10); i > 0; i--) {
      const start = at;
      readName(message, at, true);
      at = nameEnd;
      if (at + 10 > message.length) return -1;
      if (uint16(at) === TYPE_OPT && message[start] === 0) return start;
      at += 10 + uint16(at + 8);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return -1;
}
