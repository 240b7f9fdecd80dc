import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressFamily,
  formatIPv4,
  formatIPv6,
  parseIPv4,
  parseIPv6,
} from "../../../src/dns/wire/address.ts";

describe("address texts", () => {
  it.each([
    ["10.0.0.1", 4],
    ["::ffff:10.0.0.1", 4],
    ["::ffff:a00:1", 4],
    ["::", 6],
    ["fd00::1", 6],
    ["2001:DB8::1", 6],
    ["1:2:3:4:5:6:7:8", 6],
    ["01.2.3.4", 0],
    ["1.2.3", 0],
    ["1.2.3.4.5", 0],
    ["256.1.1.1", 0],
    ["1.2.3.4.", 0],
    ["", 0],
    [":::", 0],
    ["1::2::3", 0],
    ["1:2:3:4:5:6:7", 0],
    ["1:2:3:4:5:6:7:8:9", 0],
    ["fd00::1%eth0", 0],
    ["web.example", 0],
    ["12345::", 0],
  ])("%s is of family %s", (text, family) => {
    expect(addressFamily(text)).toBe(family);
  });

  it.each([
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
  ])("writes %s as %s", (text, canonical) => {
    expect(formatIPv6(parseIPv6(text) as number[])).toBe(canonical);
  });

  it("agrees with Node about what is an address", () => {
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{1,20}$/));
    fc.assert(
      fc.property(text, (address) => {
        expect(parseIPv4(address) >= 0).toBe(isIPv4(address));
        expect(parseIPv6(address) !== undefined).toBe(isIPv6(address));
      }),
      { numRuns: 2000 },
    );
  });

  it("reads what it writes", () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (list) => {
        expect(parseIPv6(formatIPv6(list))).toEqual(list);
      }),
    );
    fc.assert(
      fc.property(fc.nat(0xffffffff), (value) => {
        expect(parseIPv4(formatIPv4(value))).toBe(value);
      }),
    );
  });
});
