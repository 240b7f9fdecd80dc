import type { Message } from "./message.ts";
import { MessageWriter, optionsLength } from "./message-writer.ts";
import { absolute } from "./name.ts";
import { rcodeNumber } from "./rcode.ts";
import { TYPE_A, typeCode } from "./record-type.ts";
import { EncodeError } from "./wire-error.ts";

/** The message to write: everything but the questions may be left out. */
export type MessageInit = Partial<Message>;

/** The 16 bits after the ID. */
export function headerFlags(message: MessageInit, rcode: number, truncated = false): number {
  return (
    (message.qr ? 0x8000 : 0) |
    ((message.opcode ?? 0) << 11) |
    (message.aa ? 0x0400 : 0) |
    (message.tc || truncated ? 0x0200 : 0) |
    (message.rd ? 0x0100 : 0) |
    (message.ra ? 0x0080 : 0) |
    (message.ad ? 0x0020 : 0) |
    (message.cd ? 0x0010 : 0) |
    (rcode & 15)
  );
}

/**
 * Writes a message of at most `limit` bytes. Records that don't fit are left out from the end (additional first, the
 * OPT record never) and TC is set.
 * @throws EncodeError for names, addresses and texts that can't be encoded.
 */
export function encodeMessage(message: MessageInit, limit = 65535): Uint8Array {
  const { edns } = message;
  const rcode = rcodeNumber(message.rcode ?? "NOERROR");
  if (rcode > 15 && edns === undefined) {
    throw new EncodeError("number", `rcode ${message.rcode} needs an OPT record`, message.rcode);
  }
  const reserved = edns === undefined ? 0 : 11 + optionsLength(edns.options);
  const writer = MessageWriter.begin(limit, reserved);
  for (const question of message.questions ?? []) {
    const code = question.type === "A" ? TYPE_A : typeCode(question.type);
    if (code === undefined) {
      throw new EncodeError("text", `unknown query type ${question.type}`, question.type);
    }
    writer.question(absolute(question.name), code, question.class ?? 1);
  }
  if (message.answers !== undefined) writer.records(1, message.answers);
  if (message.authority !== undefined) writer.records(2, message.authority);
  if (message.additional !== undefined) writer.records(3, message.additional);
  if (edns !== undefined) {
    const ttl = (rcode >>> 4) * 0x1000000 + edns.version * 0x10000 + (edns.do ? 0x8000 : 0);
    writer.opt(edns.udpSize, ttl, edns.options);
  }
  return writer.finish(message.id ?? 0, headerFlags(message, rcode, writer.truncated));
}
