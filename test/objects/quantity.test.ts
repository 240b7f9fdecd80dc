import fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuantity } from "../../src/objects/quantity.ts";

test.each([
  ["0", 0n],
  ["1", 10n ** 9n],
  ["100m", 10n ** 8n],
  ["1.5", 15n * 10n ** 8n],
  [".5", 5n * 10n ** 8n],
  ["5.", 5n * 10n ** 9n],
  ["1Ki", 1024n * 10n ** 9n],
  ["1.5Gi", 1610612736n * 10n ** 9n],
  ["2e3", 2000n * 10n ** 9n],
  ["2E3", 2000n * 10n ** 9n],
  ["2E", 2n * 10n ** 27n],
  ["1e-3", 10n ** 6n],
  ["1n", 1n],
  ["0.1n", 1n],
  ["-1k", -1000n * 10n ** 9n],
  ["+1k", 1000n * 10n ** 9n],
])("%s is %i billionths", (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each(["", "Gi", "1gi", "1 Gi", "1e", "1e1000", "one", "1.2.3", "--1", ".", "9".repeat(41)])(
  "%j is no quantity",
  (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  },
);

test("units keep their ratio", () => {
  fc.assert(
    fc.property(fc.nat(), (n) => {
      expect(parseQuantity(`${n}Mi`)).toBe(parseQuantity(`${n * 1024}Ki`));
      expect(parseQuantity(`${n}k`)).toBe(parseQuantity(`${n}e3`));
    }),
  );
});
