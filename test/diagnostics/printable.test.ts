import fc from "fast-check";
import { expect, test } from "vitest";
import { printable } from "../../src/diagnostics/printable.ts";

test.each([
  ["a plain line\n\twith a tab", "a plain line\n\twith a tab"],
  ["ends as on Windows\r\n", "ends as on Windows\n"],
  ["\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"],
  ["a title: \x1b]0;mine\x07", "a title: \\x1b]0;mine\\x07"],
  ["cursor up \x1b[1A and clear \x1b[2J", "cursor up \\x1b[1A and clear \\x1b[2J"],
  ["hidden\rshown", "hidden\\x0dshown"],
  ["rubbed\b\b out", "rubbed\\x08\\x08 out"],
  ["eight bits \x9b2J \x9d0;x\x9c", "eight bits \\x9b2J \\x9d0;x\\x9c"],
  ["größer → 日本", "größer → 日本"],
])("%j is printed as %j", (text, printed) => {
  expect(printable(text)).toBe(printed);
});

test("a terminal obeys nothing but colours, whatever comes", () => {
  const part = fc.oneof(
    fc.constantFrom("\x1b", "[", "]", "m", ";", "31", "\x07", "\r", "\b", "\x9b", "\n"),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const rest = printable(parts.join("")).replace(/\x1b\[[\d;:]*m/g, "");
      expect(rest).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
    }),
  );
});
