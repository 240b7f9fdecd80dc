import { expect, test } from "vitest";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { refuseBinary, refuseSize, refuseYamlSize } from "../../src/manifests/text-limits.ts";

const MB = 1024 * 1024;

test.each([
  [refuseSize, 256 * MB, undefined],
  [refuseSize, 256 * MB + 1, "257 MB are too much for a manifest, 256 MB are the limit"],
  [refuseYamlSize, 24 * MB, undefined],
  [refuseYamlSize, 24 * MB + 1, "25 MB are too much for one YAML document, 24 MB are the limit"],
])("%o of %i", (refuse, length, message) => {
  expect(refuse({ length })?.message).toBe(message);
});

test("a huge YAML document is refused at its place, and its neighbours are read", () => {
  const good = (name: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
  const text = `${good("a")}---\n${good("huge")}# ${"x".repeat(24 * MB)}\n---\n${good("b")}`;
  const { objects, diagnostics } = readManifest(text, "a.yaml");
  expect(objects.map(({ object }) => object.metadata.name)).toEqual(["a", "b"]);
  expect(diagnostics).toEqual([
    expect.objectContaining({
      rule: "too-large",
      position: { file: "a.yaml", line: 4, column: 1 },
    }),
  ]);
});

test.each([
  ["a\tb\r\nc", undefined],
  ["a\u0000b", 1],
  ["\u001b[31m", undefined],
  ["ab\u0008", 2],
])("the binary part of %j starts at %s", (text, offset) => {
  expect(refuseBinary(text)?.offset).toBe(offset);
});
