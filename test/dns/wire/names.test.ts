import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageWriter } from "../../../src/dns/wire/message-writer.ts";
import { absolute, nameEnd, readName, splitName } from "../../../src/dns/wire/name.ts";
import { EncodeError, WireError } from "../../../src/dns/wire/wire-error.ts";

function written(name: string): Buffer {
  const writer = MessageWriter.begin(65535);
  writer.question(name, 1, 1);
  return Buffer.from(writer.finish(0, 0)).subarray(12, -4);
}

const label = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const root = Buffer.from([0]);

describe("a name on the wire", () => {
  it.each([
    ["the root", root, "."],
    ["labels", Buffer.concat([label("web"), label("shop"), root]), "web.shop."],
    ["upper case", Buffer.concat([label("WeB"), root]), "WeB."],
    ["a dot inside a label", Buffer.concat([label("a.b"), root]), "a\\.b."],
    ["a backslash", Buffer.concat([label("a\\b"), root]), "a\\\\b."],
    ["bytes that are no text", Buffer.from([3, 0, 32, 255, 0]), "\\000\\032\\255."],
    ["63 bytes in a label", Buffer.concat([label("a".repeat(63)), root]), `${"a".repeat(63)}.`],
  ])("reads and writes %s", (_, bytes, name) => {
    expect(readName(bytes, 0)).toBe(name);
    expect(nameEnd).toBe(bytes.length);
    expect(written(name)).toEqual(bytes);
  });

  it("may be 255 bytes long and no more", () => {
    const longest = Buffer.concat([...new Array(127).fill(label("a")), root]);
    expect(longest).toHaveLength(255);
    expect(splitName(readName(longest, 0))).toHaveLength(127);
    expect(written(readName(longest, 0))).toEqual(longest);
    const longer = Buffer.concat([label("aa"), ...new Array(126).fill(label("a")), root]);
    expect(() => readName(longer, 0)).toThrowError(WireError);
    expect(() => written(`aa.${"a.".repeat(126)}`)).toThrowError(EncodeError);
  });

  it.each([
    ["an empty message", [], 0, "name-cut"],
    ["a label cut off", [3, 97], 0, "name-cut"],
    ["no root", [1, 97], 0, "name-cut"],
    ["label type 01", [0x40, 0], 0, "label-type"],
    ["label type 10", [0x80, 0], 0, "label-type"],
    ["a pointer to itself", [0xc0, 0], 0, "pointer-loop"],
    ["a pointer cut off", [0xc0], 0, "pointer-cut"],
    ["a pointer past the end", [0xc0, 9], 0, "pointer-cut"],
    ["a pointer forward", [0xc0, 2, 0], 0, "pointer-forward"],
    ["two pointers in a circle", [0xc0, 2, 0xc0, 0], 2, "pointer-forward"],
  ])("refuses %s", (_, bytes, at, code) => {
    expect(() => readName(Uint8Array.from(bytes), at)).toThrowError(
      expect.objectContaining({ name: "WireError", code }),
    );
  });

  it("bounds circles where pointers forward are let through", () => {
    const circle = Uint8Array.from([0xc0, 2, 0xc0, 0]);
    expect(() => readName(circle, 0, true)).toThrowError(
      expect.objectContaining({ code: "pointer-loop" }),
    );
  });

  it.each(["a..b.", ".a.", `${"a".repeat(64)}.`, "\\999.", "a\\1.", "€."])(
    "can't be %s",
    (name) => {
      expect(() => written(name)).toThrowError(EncodeError);
    },
  );

  it("survives any bytes", () => {
    const labels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 3 });
    fc.assert(
      fc.property(labels, (parts) => {
        const bytes = Buffer.concat([
          ...parts.flatMap((part) => [Uint8Array.of(part.length), part]),
          root,
        ]);
        const name = readName(bytes, 0);
        expect(written(name)).toEqual(bytes);
        expect(splitName(name)).toHaveLength(parts.length);
      }),
    );
  });

  it("gets its final dot, unless that one belongs to a label", () => {
    expect(absolute("a.b")).toBe("a.b.");
    expect(absolute("a.b.")).toBe("a.b.");
    expect(absolute("a\\.")).toBe("a\\..");
    expect(absolute("a\\\\.")).toBe("a\\\\.");
    expect(absolute("\\.")).toBe("\\..");
  });
});
