import { expect, test } from "vitest";
import { nearestName } from "../../src/diagnostics/nearest-name.ts";

const FIELDS = ["name", "namespace", "labels", "annotations", "targetPort", "port"];

test.each([
  ["lables", "labels"],
  ["label", "labels"],
  ["Labels", "labels"],
  ["targetport", "targetPort"],
  ["annotation", "annotations"],
  ["prot", "port"],
  ["nam", "name"],
  ["app", undefined],
  ["tier", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("%s is probably %s", (word, expected) => {
  expect(nearestName(word, FIELDS)).toBe(expected);
});
