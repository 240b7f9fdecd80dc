import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldSection } from "../../src/proxy/exchange/field-section.ts";

describe("a section of fields", () => {
  test("from HTTP/2 has one line for all cookies, which were split (RFC 9113 section 8.2.3)", () => {
    const section = FieldSection.ofPairs(["cookie", "a=1", "x", "1", "cookie", "b=2", "x", "2"]);
    expect(section.lines).toBe("x: 1\r\nx: 2\r\ncookie: a=1; b=2\r\n");
  });

  test("from HTTP/1.1 has names in lower case and values without blanks around them", () => {
    const section = FieldSection.ofLines("X-A: \t1 \r\nX-B:\r\nx-a:2\r\n");
    expect(section.pairs).toEqual(["x-a", "1", "x-b", "", "x-a", "2"]);
  });

  test("says the same in either form", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab-1:"), minLength: 1, maxLength: 8 });
    const pair = fc.tuple(
      text.map((name) => `x${name.replaceAll(":", "")}`),
      text,
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 10 }), (pairs) => {
        const { lines } = FieldSection.ofPairs(pairs.flat());
        expect(FieldSection.ofLines(lines).pairs).toEqual(pairs.flat());
      }),
    );
  });
});
