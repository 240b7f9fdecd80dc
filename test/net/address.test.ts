import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressFromNumber,
  addressToNumber,
  canonicalAddress,
  familyOf,
  specialUseOf,
} from "../../src/net/address.ts";

describe("an address", () => {
  it.each([
    ["10.96.0.1", "IPv4", "10.96.0.1"],
    ["0.0.0.0", "IPv4", "0.0.0.0"],
    ["255.255.255.255", "IPv4", "255.255.255.255"],
    ["fd00:10:96::1", "IPv6", "fd00:10:96::1"],
    ["FD00:0010:0096:0:0:0:0:1", "IPv6", "fd00:10:96::1"],
    ["::", "IPv6", "::"],
    ["::ffff:10.0.0.1", "IPv6", "::ffff:a00:1"],
    ["010.1.1.1", undefined, undefined],
    ["10.1.1", undefined, undefined],
    ["0x0a.1.1.1", undefined, undefined],
    ["10.1.1.256", undefined, undefined],
    ["167772161", undefined, undefined],
    ["fe80::1%eth0", undefined, undefined],
    ["1::2::3", undefined, undefined],
    ["", undefined, undefined],
    [" 10.0.0.1", undefined, undefined],
    ["None", undefined, undefined],
    ["10.0.0.1/8", undefined, undefined],
  ])("%o is of family %s and written %s", (text, family, canonical) => {
    expect(familyOf(text)).toBe(family);
    expect(canonicalAddress(text)).toBe(canonical);
  });

  it.each([
    ["127.0.0.1", "loopback"],
    ["127.96.0.1", "loopback"],
    ["::1", "loopback"],
    ["169.254.1.1", "link-local"],
    ["fe80::1", "link-local"],
    ["224.0.0.1", "multicast"],
    ["ff02::1", "multicast"],
    ["0.0.0.0", "unspecified"],
    ["::", "unspecified"],
    ["10.0.0.1", undefined],
    ["fd00::1", undefined],
    ["nonsense", undefined],
  ])("%s is for %s", (text, use) => {
    expect(specialUseOf(text)).toBe(use);
  });

  it("is read in linear time, however long the text", () => {
    for (const text of ["1".repeat(1e6), ":".repeat(1e6), "1.".repeat(5e5), "f:".repeat(5e5)]) {
      expect(familyOf(text)).toBeUndefined();
    }
  });

  it("survives the way to a number and back", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const family = familyOf(text);
        expect(family).toBeDefined();
        expect(addressFromNumber(addressToNumber(text)!, family!)).toBe(canonicalAddress(text));
      }),
    );
  });
});
