import { describe, expect, it } from "vitest";
import { RULES } from "../../src/checks/catalog.ts";
import { checkSet } from "../../src/checks/check-set.ts";
import { applyFixes, fixOf } from "../../src/checks/fix.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { RULE_CASES } from "../manifests/rule-cases.ts";
import { SET_FAULTS } from "./faults.ts";
import { OBJECT_FAULTS } from "./object-faults.ts";

function check(text: string) {
  const { objects, diagnostics } = readManifest(text, "a.yaml");
  return [...diagnostics, ...checkSet(objects)];
}

function fix(text: string): string {
  const fixes = check(text).flatMap((finding) => fixOf(finding, text) ?? []);
  return applyFixes(text, fixes);
}

const labels = (text: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n`.replace(
    "{ name: a }",
    `\n  name: a\n  labels:\n${text.replace(/^(?=.)/gm, "    ")}`,
  );
const service = (spec: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { ports: [{ port: 80 }], ${spec} }\n`;

describe("--fix puts right", () => {
  it.each<[what: string, before: string, after: string]>([
    ["a label that is a boolean", labels("a: true\n"), labels('a: "true"\n')],
    [
      "a label that is a number, with a comment behind",
      labels("a: 1.0 # x\n"),
      labels('a: "1.0" # x\n'),
    ],
    ["a word that YAML takes for a boolean", labels("a: yes\n"), labels('a: "yes"\n')],
    ["two in one line", labels("{ a: 1, b: no }\n"), labels('{ a: "1", b: "no" }\n')],
    ["a comma behind a value", labels("a: stable,\nb: c\n"), labels("a: stable\nb: c\n")],
    ["two lines", labels("a: stable,\nb: 1\n"), labels('a: stable\nb: "1"\n')],
    [
      "CR LF stay",
      labels("a: 1\n").replace(/\n/g, "\r\n"),
      labels('a: "1"\n').replace(/\n/g, "\r\n"),
    ],
    [
      "a port number in quotes",
      service("ports: [{ port: 80, targetPort: '8080' }]").replace("ports: [{ port: 80 }], ", ""),
      service("ports: [{ port: 80, targetPort: 8080 }]").replace("ports: [{ port: 80 }], ", ""),
    ],
    ["none for None", service("clusterIP: none"), service("clusterIP: None")],
    [
      "an apiVersion of another group",
      "apiVersion: v1\nkind: StorageClass\nmetadata: { name: a }\n",
      "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: { name: a }\n",
    ],
  ])("%s", (_, before, after) => {
    expect(fix(before)).toBe(after);
  });

  it.each([
    ["a value that is no label for another reason", labels("a: shop team\n")],
    ["a named port of a wrong form", service("ports: [{ port: 80, targetPort: 'a_b' }]")],
    ["a list where a string belongs", labels("a: [b]\n")],
  ])("but not %s", (_, text) => {
    expect(fix(text)).toBe(text);
  });

  const all = [...SET_FAULTS, ...OBJECT_FAULTS, ...RULE_CASES];
  it.each(all.map(({ rule, text }, i) => [rule, i, text.replace("«", "")] as const))(
    "and makes nothing worse: %s (%i)",
    (_, __, text) => {
      const before = check(text);
      const fixed = fix(text);
      const after = check(fixed);
      expect(fix(fixed)).toBe(fixed);
      if (fixed === text) return;
      expect(after.length).toBeLessThan(before.length);
    },
  );

  it("is promised by the catalog for the rules that have a remedy in some case, and no other", () => {
    const fixable = new Set<string>();
    for (const { rule, text } of all) {
      const plain = text.replace("«", "");
      for (const finding of check(plain)) {
        if (finding.rule === rule && fixOf(finding, plain) !== undefined) fixable.add(rule);
      }
    }
    // Of the removed versions only that of CronJob has the same fields in the next one.
    const cronJob = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: { name: a }\n";
    if (check(cronJob).some((finding) => fixOf(finding, cronJob))) fixable.add("api-removed");
    expect([...fixable].sort()).toEqual(
      RULES.filter((rule) => rule.fixable)
        .map(({ id }) => id)
        .toSorted(),
    );
  });
});
