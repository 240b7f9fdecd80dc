import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES, ruleInfo } from "../../src/checks/catalog.ts";
import { checkSet } from "../../src/checks/check-set.ts";
import { suppress } from "../../src/checks/suppression.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { RULE_CASES, TESTED_ELSEWHERE } from "../manifests/rule-cases.ts";
import { rulesInSources } from "../manifests/rules-in-sources.ts";
import { describeWith, SHARED } from "../support/tools.ts";
import { CLUSTER_FAULTS, clusterFindings } from "./cluster-faults.ts";
import { SET_FAULTS } from "./faults.ts";
import { OBJECT_FAULTS } from "./object-faults.ts";

/** Rules of whole files and of kubelane.yaml, which are tested where those are read. */
const ELSEWHERE = [
  ...TESTED_ELSEWHERE,
  // Reading finds such an address first; it is for objects that nobody read.
  "cluster-ip-invalid",
  ...CLUSTER_FAULTS.map(({ rule }) => rule),
  ...RULES.map(({ id }) => id).filter((id) => id.startsWith("config-")),
];

const FAULTS = [...SET_FAULTS, ...OBJECT_FAULTS, ...RULE_CASES];

function check(text: string, file = "a.yaml"): Diagnostic[] {
  const { objects, diagnostics } = readManifest(text, file);
  return suppress([...diagnostics, ...checkSet(objects)], new Map([[file, text]]));
}

const place = (text: string) => {
  const lines = text.slice(0, text.indexOf("«")).split("\n");
  return { file: "a.yaml", line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
};

describe("every planted fault is found, at its place", () => {
  it.each(FAULTS.map((fault, i) => [fault.rule, i, fault.text] as const))(
    "%s (%i)",
    (rule, _, text) => {
      const diagnostics = check(text.replace("«", ""));
      const all = diagnostics.map((each) => formatDiagnostic(each)).join("\n");
      const found = diagnostics.filter((each) => each.rule === rule);
      expect(
        found.map(({ position }) => position),
        all,
      ).toContainEqual(place(text));
      expect(new Set(found.map(({ severity }) => severity))).toEqual(
        new Set([ruleInfo(rule)?.severity]),
      );
    },
  );

  it.each(SET_FAULTS.map((fault, i) => [fault.rule, i, fault.text] as const))(
    "and nothing else: %s (%i)",
    (rule, _, text) => {
      expect(check(text.replace("«", "")).map((each) => each.rule)).toEqual([rule]);
    },
  );

  it("two of each rule, and sixty at least", () => {
    const counts = new Map(RULES.map(({ id }) => [id, 0]));
    for (const { rule } of FAULTS) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    const few = [...counts].filter(([id, count]) => count < 2 && !ELSEWHERE.includes(id));
    expect(few.map(([id]) => id)).toEqual([]);
    expect(FAULTS.length).toBeGreaterThanOrEqual(60);
  });
});

describe("what only the control loops find", () => {
  it.each(CLUSTER_FAULTS.map((fault, i) => [fault.rule, i, fault] as const))(
    "%s (%i)",
    (rule, _, fault) => {
      const [found, ...others] = clusterFindings(fault);
      expect(others).toEqual([]);
      expect(found).toMatchObject({ rule, severity: ruleInfo(rule)?.severity });
      expect(found?.object).toMatch(
        /^(?:(?:Service|ReplicationController) default\/|ServiceCIDR )/,
      );
    },
  );
});

describe("the catalog", () => {
  it("has exactly the rules that the sources have", () => {
    const modules = ["objects", "manifests", "sources", "runtime", "controllers", "checks"];
    expect(RULES.map(({ id }) => id).toSorted()).toEqual(rulesInSources(modules));
  });

  it("has every fixture, and every rule has one", () => {
    const fixtures = new Set([...FAULTS.map(({ rule }) => rule), ...ELSEWHERE]);
    expect([...fixtures].sort()).toEqual(RULES.map(({ id }) => id).toSorted());
  });

  it("names each rule once", () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    expect(RULES.length).toBeGreaterThanOrEqual(30);
  });
});

describeWith(["shared"], "real manifests", () => {
  it.each(["online-boutique", "guestbook", "cassandra"])("%s: nothing is found", (name) => {
    const text = readFileSync(`${SHARED}/manifests/${name}.yaml`, "utf8");
    expect(check(text, `${name}.yaml`)).toEqual([]);
  });

  it("sock-shop: only the node label that was renamed, in each of its Deployments", () => {
    const text = readFileSync(`${SHARED}/manifests/sock-shop.yaml`, "utf8");
    const found = check(text);
    const uses = text
      .split("\n")
      .flatMap((line, i) => (/beta\.kubernetes\.io\/os/.test(line) ? i + 1 : []));
    expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(["deprecated-node-label"]));
    expect(found.map(({ position }) => position?.line)).toEqual(uses);
  });

  it("the founding document: its mistakes, each where it is", () => {
    const rows = ["label-fragment", "pulse-pods", "pulse-service"].flatMap((name) => {
      const text = readFileSync(`${SHARED}/manifests/seed-${name}.yaml`, "utf8");
      return check(text, name).map(({ rule, position }) => `${name}:${position?.line} ${rule}`);
    });
    expect(new Set(rows)).toEqual(
      new Set([
        "label-fragment:1 api-version-required",
        "label-fragment:1 kind-required",
        "label-fragment:1 name-required",
        "label-fragment:3 label-value",
        ...[3, 16, 29].map((line) => `pulse-pods:${line} name-required`),
        ...[4, 17, 30].map((line) => `pulse-pods:${line} label-misplaced`),
        "pulse-service:6 service-no-match",
      ]),
    );
  });
});
