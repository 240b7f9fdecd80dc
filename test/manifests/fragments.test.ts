import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readManifest } from "../../src/manifests/read-manifest.ts";

const shared = new URL("../../../shared/manifests/", import.meta.url);
const present = existsSync(shared);

/** File, objects that load, and each mistake with its place. */
const FRAGMENTS: readonly (readonly [string, number, readonly string[]])[] = [
  [
    "seed-label-fragment.yaml",
    0,
    ["1:1 api-version-required", "1:1 kind-required", "1:1 name-required", "3:15 label-value"],
  ],
  ["seed-nginx-deployment.yaml", 1, []],
  ["seed-nginx-pod.yaml", 1, []],
  [
    "seed-pulse-pods.yaml",
    0,
    [
      "3:1 name-required",
      "4:3 label-misplaced",
      "16:1 name-required",
      "17:3 label-misplaced",
      "29:1 name-required",
      "30:3 label-misplaced",
    ],
  ],
  ["seed-pulse-service.yaml", 1, []],
];

describe("fragments as people write them are read, each mistake named", () => {
  test.skipIf(!present).each(FRAGMENTS)("%s (needs the shared manifests)", (name, count, told) => {
    const text = readFileSync(new URL(name, shared), "utf8");
    const { objects, diagnostics } = readManifest(text, name);
    expect(objects).toHaveLength(count);
    expect(
      diagnostics.map(({ rule, position }) => `${position?.line}:${position?.column} ${rule}`),
    ).toEqual(told);
  });
});

test("a value with a trailing comma and a label outside metadata.labels are explained", () => {
  const { diagnostics } = readManifest(
    "apiVersion: v1\nkind: Pod\nmetadata:\n  app: web\n  labels:\n    release: stable,\nspec: {containers: [{name: a, image: a}]}\n",
    "a.yaml",
  );
  expect(Object.fromEntries(diagnostics.map(({ rule, hint }) => [rule, hint]))).toEqual({
    "name-required": "write name: under metadata",
    "label-misplaced": "if it is a label, it belongs under metadata.labels: labels: { app: web }",
    "label-value": "the comma is part of the value here; write stable without it, one label a line",
  });
});
