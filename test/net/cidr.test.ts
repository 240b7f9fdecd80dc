import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cidr, InvalidCidrError } from "../../src/net/cidr.ts";

describe("a range", () => {
  it.each([
    ["10.96.0.0/12", "10.96.0.0/12", "IPv4", 2 ** 20],
    ["10.96.3.7/12", "10.96.0.0/12", "IPv4", 2 ** 20],
    ["0.0.0.0/0", "0.0.0.0/0", "IPv4", 2 ** 32],
    ["10.0.0.1/32", "10.0.0.1/32", "IPv4", 1],
    ["FD00:10:96::/112", "fd00:10:96::/112", "IPv6", 2 ** 16],
    ["::/0", "::/0", "IPv6", Number.MAX_SAFE_INTEGER],
  ])("%s is written %s, of family %s with %d addresses", (text, written, family, size) => {
    const range = new Cidr(text);
    expect(String(range)).toBe(written);
    expect(range.family).toBe(family);
    expect(range.size).toBe(size);
  });

  it.each([
    "",
    "10.0.0.0",
    "10.0.0.0/33",
    "fd00::/129",
    "10.0.0/8",
    "a/8",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
  ])("%o is refused", (text) => {
    expect(() => new Cidr(text)).toThrow(InvalidCidrError);
    expect(() => new Cidr(text)).toThrow(/write it as 10\.96\.0\.0\/12/);
  });

  it.each([
    ["10.96.0.0/12", "10.96.0.0", 0],
    ["10.96.0.0/12", "10.111.255.255", 2 ** 20 - 1],
    ["10.96.0.0/12", "10.112.0.0", undefined],
    ["10.96.0.0/12", "10.95.255.255", undefined],
    ["10.96.0.0/12", "fd00::1", undefined],
    ["10.96.0.0/12", "no address", undefined],
    ["fd00:10:96::/112", "fd00:10:96::a", 10],
    ["::/0", "ffff::", undefined],
  ])("%s has %s at offset %o", (text, address, offset) => {
    const range = new Cidr(text);
    expect(range.offsetOf(address)).toBe(offset);
    if (offset !== undefined) expect(range.at(offset)).toBe(address);
  });

  it("contains what is too far in to have an offset", () => {
    expect(new Cidr("::/0").contains("ffff::")).toBe(true);
  });

  it.each([-1, 256, 0.5, Number.NaN])("refuses offset %d of 256", (offset) => {
    expect(() => new Cidr("10.0.0.0/24").at(offset)).toThrow(RangeError);
  });

  it("overlaps exactly those it shares an address with", () => {
    const small = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
      .map(([last, prefix]) => new Cidr(`10.0.0.${last}/${prefix}`));
    fc.assert(
      fc.property(small, small, (a, b) => {
        let shared = false;
        for (let i = 0; i < a.size; i++) shared ||= b.contains(a.at(i));
        expect(a.overlaps(b)).toBe(shared);
        expect(b.overlaps(a)).toBe(shared);
      }),
    );
    expect(new Cidr("0.0.0.0/0").overlaps(new Cidr("::/0"))).toBe(false);
  });
});
