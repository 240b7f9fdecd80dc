import fc from "fast-check";
import { expect, test } from "vitest";
import { SourceLines } from "../../src/diagnostics/source-lines.ts";

test.each([
  ["a\nbc\n", 0, 1, 1],
  ["a\nbc\n", 1, 1, 2],
  ["a\nbc\n", 2, 2, 1],
  ["a\nbc\n", 5, 3, 1],
  ["a\r\nb", 3, 2, 1],
  ["a\rb", 2, 2, 1],
  ["a\n\n\nb", 3, 3, 1],
  ["", 0, 1, 1],
  ["ab", 99, 1, 3],
  ["ab", -1, 1, 1],
])("in %j offset %i is %i:%i", (text, offset, line, column) => {
  expect(new SourceLines(text).positionAt(offset)).toEqual({ line, column });
});

test.each([
  ["a\nbc\n", 2, "bc"],
  ["a\r\nb", 1, "a"],
  ["a", 2, undefined],
  ["a\n", 2, ""],
  ["a", 0, undefined],
])("in %j line %i is %j", (text, line, expected) => {
  expect(new SourceLines(text).line(line)).toBe(expected);
});

test("a position leads back to its offset", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "\r", "\r\n", " ") });
  fc.assert(
    fc.property(text, fc.nat(60), (value, at) => {
      const offset = Math.min(at, value.length);
      const lines = new SourceLines(value);
      const { line, column } = lines.positionAt(offset);
      let start = 0;
      for (let i = 1; i < line; i++) {
        start += lines.line(i)!.length;
        start += value.startsWith("\r\n", start) ? 2 : 1;
      }
      expect(start + column - 1).toBe(offset);
    }),
  );
});
