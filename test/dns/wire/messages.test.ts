import dnsPacket from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../../src/dns/wire/encode.ts";
import type { Message, ResourceRecord } from "../../../src/dns/wire/message.ts";

const EMPTY: Message = {
  id: 0,
  qr: false,
  opcode: 0,
  aa: false,
  tc: false,
  rd: false,
  ra: false,
  ad: false,
  cd: false,
  rcode: "NOERROR",
  questions: [],
  answers: [],
  authority: [],
  additional: [],
};
const name = "web.shop.svc.cluster.local.";

const RECORDS: readonly ResourceRecord[] = [
  { name, type: "A", ttl: 5, data: "10.96.0.1" },
  { name, type: "AAAA", ttl: 5, data: "fd00::1" },
  { name, type: "CNAME", ttl: 4294967295, data: "www.example.com." },
  { name: "1.0.96.10.in-addr.arpa.", type: "PTR", ttl: 5, data: name },
  { name: "cluster.local.", type: "NS", ttl: 0, data: "ns.dns.cluster.local." },
  { name, type: "SRV", ttl: 5, data: { priority: 1, weight: 2, port: 3, target: name } },
  { name, type: "TXT", ttl: 5, data: ["1.1.0", ""] },
  { name, type: "MX", ttl: 5, data: { preference: 10, exchange: "mail.example.com." } },
  {
    name: "cluster.local.",
    type: "SOA",
    ttl: 5,
    data: {
      mname: "ns.dns.cluster.local.",
      rname: "hostmaster.cluster.local.",
      serial: 4294967295,
      refresh: 1,
      retry: 2,
      expire: 3,
      minimum: 4,
    },
  },
  { name, type: "TYPE1234", ttl: 5, data: Uint8Array.of(1, 2, 3) },
  { name, type: "A", class: 3, ttl: 5, data: "10.96.0.1" },
];

describe("a message", () => {
  it.each(RECORDS)("carries a $type record there and back", (record) => {
    const message: Message = { ...EMPTY, id: 7, qr: true, aa: true, answers: [record] };
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  it("carries everything at once, names compressed", () => {
    const message: Message = {
      ...EMPTY,
      id: 65535,
      qr: true,
      rd: true,
      rcode: "NXDOMAIN",
      questions: [{ name, type: "A", class: 1 }],
      answers: RECORDS,
      authority: RECORDS,
      additional: RECORDS,
      edns: {
        udpSize: 1232,
        version: 0,
        do: true,
        options: [{ code: 15, data: Uint8Array.of(0, 0, 65) }],
      },
    };
    const bytes = encodeMessage(message);
    expect(decodeMessage(bytes)).toEqual(message);
    expect(bytes.length).toBeLessThan(1200);
  });

  it("needs an OPT record for BADVERS", () => {
    expect(() => encodeMessage({ rcode: "BADVERS" })).toThrowError("needs an OPT record");
    const edns = { udpSize: 0, version: 0, do: false, options: [] };
    expect(decodeMessage(encodeMessage({ rcode: "BADVERS", edns })).rcode).toBe("BADVERS");
  });

  it("is read by dns-packet, and reads what dns-packet writes", () => {
    const ours = encodeMessage({
      ...EMPTY,
      qr: true,
      questions: [{ name, type: "A", class: 1 }],
      answers: RECORDS.slice(0, 8),
    });
    const theirs = dnsPacket.decode(Buffer.from(ours));
    expect(theirs.answers).toHaveLength(8);
    expect(theirs.answers?.[5]).toMatchObject({ data: { port: 3, target: name.slice(0, -1) } });
    const back = decodeMessage(dnsPacket.encode({ ...theirs, id: 1 }));
    expect(back.answers).toEqual(RECORDS.slice(0, 8));
  });

  it("does not compress targets inside SRV data", () => {
    const questions = [{ name, type: "SRV", class: 1 }];
    const record = RECORDS[5] as ResourceRecord;
    const bytes = Buffer.from(encodeMessage({ questions, answers: [record] }));
    expect(bytes.indexOf("\x03web\x04shop", 20, "latin1")).toBeGreaterThan(0);
  });

  it("leaves out what does not fit, from the end, and says so", () => {
    const questions = [{ name, type: "A", class: 1 }];
    const answers = Array.from({ length: 60 }, (_, i): ResourceRecord => {
      return { name, type: "A", ttl: 5, data: `10.0.0.${i}` };
    });
    const plain = encodeMessage({ qr: true, questions, answers }, 512);
    expect(plain.length).toBeLessThanOrEqual(512);
    expect(decodeMessage(plain)).toMatchObject({ tc: true, answers: answers.slice(0, 29) });
    const edns = { udpSize: 512, version: 0, do: false, options: [] };
    const withOpt = decodeMessage(encodeMessage({ qr: true, questions, answers, edns }, 512));
    expect(withOpt).toMatchObject({ tc: true, edns, answers: answers.slice(0, 28) });
  });

  it("never grows over its limit and always stays readable", () => {
    const records = fc.array(fc.constantFrom(...RECORDS), { maxLength: 40 });
    fc.assert(
      fc.property(
        records,
        records,
        fc.integer({ min: 64, max: 2000 }),
        (answers, additional, limit) => {
          const questions = [{ name, type: "A", class: 1 }];
          const bytes = encodeMessage({ qr: true, questions, answers, additional }, limit);
          expect(bytes.length).toBeLessThanOrEqual(limit);
          const message = decodeMessage(bytes);
          const kept = message.answers.length + message.additional.length;
          expect(message.tc).toBe(kept < answers.length + additional.length);
          expect(message.answers).toEqual(answers.slice(0, message.answers.length));
        },
      ),
    );
  });

  const header = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const with_ = (at: number, value: number, ...rest: number[]) => {
    const bytes = [...header];
    bytes[at] = value;
    return Uint8Array.from([...bytes, ...rest]);
  };
  const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
  it.each([
    ["header-cut", Uint8Array.from(header.slice(0, 11)), 11],
    ["trailing-bytes", Uint8Array.from([...header, 0]), 12],
    ["question-cut", with_(5, 1, 0, 0, 1, 0), 13],
    ["record-cut", with_(7, 1, 0, 0, 1, 0, 1, 0, 0), 13],
    ["record-cut", with_(7, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1), 13],
    ["record-data", with_(7, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3), 23],
    ["opt-duplicate", with_(11, 2, ...opt, ...opt), 23],
    ["opt-owner", with_(11, 1, 1, 97, ...opt), 12],
    ["opt-option-cut", with_(11, 1, ...opt.slice(0, 10), 5, 0, 3, 0, 9, 0), 23],
  ])("that is malformed is refused as %s at the exact place", (code, bytes, offset) => {
    expect(() => decodeMessage(bytes)).toThrowError(expect.objectContaining({ code, offset }));
  });

  it("that is random is refused with a WireError or read, never anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: "WireError" });
        }
      }),
      { numRuns: 5000 },
    );
  });
});
