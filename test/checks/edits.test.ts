import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits } from "../../src/checks/apply-edits.ts";
import { RULES } from "../../src/checks/catalog.ts";
import { checkSet } from "../../src/checks/check-set.ts";
import { readDocuments } from "../../src/manifests/read-documents.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { isRecord } from "../../src/objects/json.ts";
import { RULE_CASES } from "../manifests/rule-cases.ts";
import { SET_FAULTS } from "./faults.ts";
import { OBJECT_FAULTS } from "./object-faults.ts";

function check(text: string) {
  const { objects, diagnostics } = readManifest(text, "a.yaml");
  return [...diagnostics, ...checkSet(objects)];
}

function fix(text: string): string {
  return applyEdits(
    text,
    check(text).flatMap(({ edit }) => edit ?? []),
  );
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
    ["quotes stay of their kind", service("clusterIP: 'none'"), service("clusterIP: 'None'")],
    ["a word in another case", service('type: "nodeport"'), service('type: "NodePort"')],
    [
      "a number in quotes",
      service("healthCheckNodePort: '30000'"),
      service("healthCheckNodePort: 30000"),
    ],
    [
      "a boolean in quotes",
      service("allocateLoadBalancerNodePorts: 'True'"),
      service("allocateLoadBalancerNodePorts: true"),
    ],
    [
      "JSON",
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":1.0}}',
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1.0"}}',
    ],
    [
      "an item of a List",
      `apiVersion: v1\nkind: List\nitems:\n- ${service("clusterIP: none").trimEnd().replaceAll("\n", "\n  ")}\n`,
      `apiVersion: v1\nkind: List\nitems:\n- ${service("clusterIP: None").trimEnd().replaceAll("\n", "\n  ")}\n`,
    ],
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
    ["what has a tag", labels("a: !!int 1\n")],
    ["what others refer to", labels("a: &one 1\nb: *one\n")],
    [
      "what others refer to with what is around it",
      `${labels("a: 1\n").replace("labels:", "labels: &all")}  annotations: *all\n`,
    ],
    ["what is merged from elsewhere", `x: &one { a: 1 }\n${labels("<<: *one\n")}`],
    ["a number that others read otherwise", service("healthCheckNodePort: '030000'")],
    [
      "a renamed label beside the new one",
      "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers: [{ name: a, image: a }]\n  nodeSelector: { beta.kubernetes.io/os: linux, kubernetes.io/os: linux }\n",
    ],
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
        if (finding.rule === rule && finding.edit !== undefined) fixable.add(rule);
      }
    }
    // Of the removed versions only that of CronJob has the same fields in the next one.
    const cronJob = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: { name: a }\n";
    if (check(cronJob).some(({ edit }) => edit !== undefined)) fixable.add("api-removed");
    expect([...fixable].sort()).toEqual(
      RULES.filter((rule) => rule.fixable)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  /** How a value may be written that has to be a string, and is none or has a comma too many. */
  const value = fc.constantFrom(
    ..."true 1 1.0 0x1F yes 'stable,' \"b,\" stable 'x'".split(" "),
    "!!int 1",
    "&a 1",
    '"a\n    b"',
  );
  const entry = fc.tuple(value, fc.constantFrom("", " # true, 1", "  "));
  const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
  const layout = fc.constantFrom("block", "flow", "list", "json");

  it("what a finding says, and nothing else, whatever the text looks like", () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 4 }),
        layout,
        lineEnd,
        (entries, form, end) => {
          const text = written(entries, form).replaceAll("\n", end);
          const before = check(text).filter(({ edit }) => edit !== undefined);
          const fixed = fix(text);
          const left = check(fixed).map(({ rule, path }) => JSON.stringify({ rule, path }));
          for (const { rule, path } of before) {
            expect(left).not.toContain(JSON.stringify({ rule, path }));
          }
          const changed = changes([...readDocuments(text)], [...readDocuments(fixed)]);
          expect(changed.sort()).toEqual(before.map(({ path }) => path!.at(-1)).sort());
          expect(fix(fixed)).toBe(fixed);
        },
      ),
    );
  });
});

function written(entries: readonly (readonly [string, string])[], form: string): string {
  const block = entries.map(([value, behind], i) => `    k${i}: ${value}${behind}\n`).join("");
  const plain = labels("").replace("  labels:\n", `  labels:\n${block}`);
  if (form === "block") return plain;
  const inLine = entries.map(([value], i) => `k${i}: ${value}`).join(", ");
  const flow = labels(`{ ${inLine} } # k0: 1\n`);
  if (form === "flow") return flow;
  if (form === "list") {
    return `apiVersion: v1\nkind: List\nitems:\n${plain.replace(/^/, "- ").replace(/\n(?=.)/g, "\n  ")}`;
  }
  const numbers = entries.filter(([value]) => /^(?:true|1|1\.0)$/.test(value));
  const pairs = numbers.map(([value], i) => ` "k${i}":${value}`).join();
  return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{${pairs} }}}\n`;
}

/** The names of the fields whose values differ. */
function changes(before: unknown, after: unknown, name = ""): string[] {
  if (!isRecord(before) || !isRecord(after)) {
    if (!Array.isArray(before) || !Array.isArray(after)) return before === after ? [] : [name];
    return before.flatMap((item, i) => changes(item, after[i], name));
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((each) => each !== "fields" && each !== "problems")
    .flatMap((each) => changes(before[each], after[each], each));
}
