import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lines } from "../../src/runtime/lines.ts";

function linesOf(chunks: readonly Buffer[]): string[] {
  const found: string[] = [];
  const lines = new Lines((line) => found.push(line));
  for (const chunk of chunks) lines.write(chunk);
  lines.end();
  return found;
}

describe("output lines", () => {
  it.each([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\nb", ["a", "b"]],
    ["\n\n", ["", ""]],
    ["a\r\nb\r\n", ["a", "b"]],
    ["\r\n", [""]],
  ])("%j are %j", (text, expected) => {
    expect(linesOf([Buffer.from(text)])).toEqual(expected);
  });

  it("are the same however the bytes arrive", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, ""))),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (texts, sizes) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
          const chunks: Buffer[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length]!;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(linesOf(chunks)).toEqual(texts);
        },
      ),
    );
  });
});
