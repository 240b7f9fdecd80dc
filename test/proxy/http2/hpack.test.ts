import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldSection } from "../../../src/proxy/exchange/field-section.ts";
import { ConnectionError, ErrorCode } from "../../../src/proxy/http2/error-code.ts";
import { HpackDecoder } from "../../../src/proxy/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../src/proxy/http2/hpack/encoder.ts";
import {
  decodeHuffman,
  encodeHuffman,
  huffmanLength,
} from "../../../src/proxy/http2/hpack/huffman.ts";

const LIMITS = { bytes: 64 * 1024, fields: 200 };
const decoder = () => new HpackDecoder<never>(LIMITS);
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

function decode(by: HpackDecoder<never>, hex: string): readonly string[] {
  const bytes = bytesOf(hex);
  return by.decode(bytes, 0, bytes.length).pairs;
}

function blockOf(encoder: HpackEncoder, pairs: readonly string[]): Buffer {
  encoder.begin();
  encoder.section(FieldSection.ofPairs(pairs));
  return Buffer.from(encoder.bytes.subarray(0, encoder.length));
}

describe("the examples of RFC 7541", () => {
  test("appendix C.2: each kind of field", () => {
    expect(
      decode(decoder(), "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"),
    ).toEqual(["custom-key", "custom-header"]);
    expect(decode(decoder(), "040c 2f73 616d 706c 652f 7061 7468")).toEqual([
      ":path",
      "/sample/path",
    ]);
    expect(decode(decoder(), "1008 7061 7373 776f 7264 0673 6563 7265 74")).toEqual([
      "password",
      "secret",
    ]);
    expect(decode(decoder(), "82")).toEqual([":method", "GET"]);
  });

  test("appendix C.4: requests in the Huffman code", () => {
    const by = decoder();
    const first = [
      ":method",
      "GET",
      ":scheme",
      "http",
      ":path",
      "/",
      ":authority",
      "www.example.com",
    ];
    expect(decode(by, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")).toEqual(first);
    expect(decode(by, "8286 84be 5886 a8eb 1064 9cbf")).toEqual([
      ...first,
      "cache-control",
      "no-cache",
    ]);
    expect(decode(by, "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")).toEqual([
      ":method",
      "GET",
      ":scheme",
      "https",
      ":path",
      "/index.html",
      ":authority",
      "www.example.com",
      "custom-key",
      "custom-value",
    ]);
  });

  test("appendix C.6: answers, and a table of 256 bytes that has no room for all", () => {
    const by = decoder();
    const date = ["date", "Mon, 21 Oct 2013 20:13:21 GMT"];
    const where = ["location", "https://www.example.com"];
    expect(
      decode(
        by,
        "3fe1 01 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
      ),
    ).toEqual([":status", "302", "cache-control", "private", ...date, ...where]);
    expect(decode(by, "4883 640e ffc1 c0bf")).toEqual([
      ":status",
      "307",
      "cache-control",
      "private",
      ...date,
      ...where,
    ]);
    expect(
      decode(
        by,
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
      ),
    ).toEqual([
      ":status",
      "200",
      "cache-control",
      "private",
      "date",
      "Mon, 21 Oct 2013 20:13:22 GMT",
      ...where,
      "content-encoding",
      "gzip",
      "set-cookie",
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ]);
  });
});

describe("what is no header block", () => {
  test.each([
    ["the index 0", "80"],
    ["an index beyond the table", "be"],
    ["a name beyond the table", "7f 00 00"],
    ["an index without an end", "ff ff"],
    ["an index of more than 2^24", "ff ff ff ff ff 7f"],
    ["zeros that go on for ever", "ff 80 80 80 80 80 80 80 80 00"],
    ["a text that is cut off", "00 03 61 62"],
    ["a length that is cut off", "00 7f"],
    ["a name alone", "00 01 61"],
    ["a table larger than agreed on", "3f e2 1f"],
    ["a size update after a field", "82 20"],
    ["Huffman: the end of a string in it", "00 84 ff ff ff ff 00"],
    ["Huffman: eight bits of padding", "00 82 07 ff 00"],
    ["Huffman: padding of zeros", "00 81 00 00"],
  ])("%s", (_what, hex) => {
    expect(() => decode(decoder(), hex)).toThrow(
      expect.objectContaining({ code: ErrorCode.COMPRESSION_ERROR }),
    );
  });

  test("of any bytes the decoder makes fields, or says that there are none", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 5 }), (blocks) => {
        const by = decoder();
        try {
          for (const block of blocks) {
            const { pairs } = by.decode(Buffer.from(block), 0, block.length);
            expect(pairs.length % 2).toBe(0);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ConnectionError);
        }
      }),
      { numRuns: Number(process.env["HPACK_RUNS"] ?? 2_000) },
    );
  });
});

describe("a block of a few bytes that says very much", () => {
  test("is cut at the limit, and the table stays what the other side thinks it is", () => {
    const by = decoder();
    const value = "x".repeat(4_000);
    const first = Buffer.concat([
      Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]),
      Buffer.from(value),
    ]);
    expect(by.decode(first, 0, first.length).pairs).toEqual(["a", value]);
    const bomb = Buffer.concat([Buffer.alloc(10_000, 0xbe), bytesOf("4001 6201 63")]);
    const { pairs, isCut } = by.decode(bomb, 0, bomb.length);
    expect(isCut).toBe(true);
    expect(pairs.length).toBeLessThan(40);
    expect(decode(by, "be")).toEqual(["b", "c"]);
  });

  test("and one with many short fields", () => {
    const { pairs, isCut } = decoder().decode(Buffer.alloc(201, 0x82), 0, 201);
    expect({ isCut, count: pairs.length }).toEqual({ isCut: true, count: 400 });
  });
});

const text = (unit: fc.Arbitrary<string>) => fc.string({ unit, maxLength: 40 });
const latin1 = text(fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)));
const field = fc.tuple(
  fc.oneof(
    fc.constantFrom("accept", "cookie", "set-cookie", "x-a", ":path", "content-length", "date"),
    text(fc.constantFrom(..."abcdefghij-")),
  ),
  fc.oneof(fc.constantFrom("", "a", "b", "/", "gzip, deflate"), latin1),
);

describe("the encoder", () => {
  test("the decoder reads what it wrote, whatever table the other side has", () => {
    const section = fc.array(field, { maxLength: 12 });
    const step = fc.record({
      sections: fc.array(section, { maxLength: 4 }),
      size: fc.option(fc.oneof(fc.constantFrom(0, 60, 4_096, 65_536), fc.nat(300))),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const encoder = new HpackEncoder();
        const by = decoder();
        for (const { sections, size } of steps) {
          if (size !== null) encoder.resize(size);
          for (const fields of [...sections, ...sections, ...sections]) {
            const pairs = fields.flat();
            const block = blockOf(encoder, pairs);
            expect(by.decode(block, 0, block.length).pairs).toEqual(pairs);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("writes the same section in a byte a field from the third time on", () => {
    const encoder = new HpackEncoder();
    const pairs = ["server", "nginx", "content-type", "text/plain", "x-own", "value"];
    const lengths = [1, 2, 3, 4].map(() => blockOf(encoder, pairs).length);
    expect(lengths.slice(2)).toEqual([3, 3]);
  });

  test("never lets a secret be remembered", () => {
    const encoder = new HpackEncoder();
    for (const name of ["authorization", "cookie", "set-cookie", "proxy-authorization"]) {
      for (let i = 0; i < 3; i++) {
        const [first = 0] = blockOf(encoder, [name, "secret"]);
        expect(first & 0xf0).toBe(0x10);
      }
    }
  });

  test("tells of the smallest table that was asked for, and of the last", () => {
    const encoder = new HpackEncoder();
    encoder.resize(10);
    encoder.resize(100);
    expect(blockOf(encoder, []).toString("hex")).toBe("2a3f45");
    expect(blockOf(encoder, [])).toHaveLength(0);
  });
});

describe("the Huffman code", () => {
  test("gives back every text of bytes", () => {
    fc.assert(
      fc.property(latin1, (value) => {
        const length = huffmanLength(value);
        const bytes = Buffer.alloc(length + 1, 0xaa);
        expect(encodeHuffman(value, bytes, 0)).toBe(length);
        expect(bytes[length]).toBe(0xaa);
        expect(decodeHuffman(bytes, 0, length)).toBe(value);
      }),
    );
  });
});
