import { expect, test } from "vitest";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { refuseBinary, refuseSize, refuseYamlSize } from "../../src/manifests/text-limits.ts";

const MB = 1024 * 1024;

test.each([
  [256 * MB, undefined],
  [256 * MB + 1, "257 MB are too much for a manifest, 256 MB are the limit"],
])("a text of %i", (length, message) => {
  expect(refuseSize({ length })?.message).toBe(message);
});

test.each([
  [64 * MB, undefined],
  [64 * MB + 1, "65 MB are too much for one YAML document, 64 MB are the limit"],
])("a YAML document of %i", (length, message) => {
  expect(refuseYamlSize(100, 100 + length)?.message).toBe(message);
});

test("a huge YAML document is refused at its place, and its neighbours are read", () => {
  const good = (name: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
  const text = `${good("a")}---\n${good("huge")}# ${"x".repeat(64 * MB)}\n---\n${good("b")}`;
  const { objects, diagnostics } = readManifest(text, "a.yaml");
  expect(objects.map(({ object }) => object.metadata.name)).toEqual(["a", "b"]);
  expect(diagnostics).toEqual([
    expect.objectContaining({
      rule: "too-large",
      position: { file: "a.yaml", line: 5, column: 1 },
    }),
  ]);
});

test.each([
  ["a\tb\r\nc", undefined],
  ["a\u0000b", 1],
  ["a\u0085\u2028b", undefined],
  ["\u001b[31m", 0],
  ["ab\u0008", 2],
  ["a\u007f", 1],
  ["\u{1f600}\uffff", 2],
])("the binary part of %j starts at %s", (text, offset) => {
  expect(refuseBinary(`\0${text}\0`, 1, 1 + text.length)?.offset).toBe(
    offset === undefined ? undefined : 1 + offset,
  );
});
