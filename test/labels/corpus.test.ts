import { describe, expect, test } from "vitest";
import {
  asMap,
  equivalent,
  FieldSelectorSyntaxError,
  fromLabelSelector,
  type LabelSelector,
  matchesNodeSelector,
  type NodeSelector,
  type Operator,
  parseFieldSelector,
  parseLabelsMap,
  parseSelector,
  RequirementError,
  requirement,
  type Selector,
  SelectorSyntaxError,
  toLabelSelector,
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelKey,
  validateLabelSelector,
  validateLabelValue,
  validateNodeSelector,
} from "../../src/labels/index.ts";
import { attempt, corpus, type LabelProbe, type Requirements } from "./corpus.ts";

interface SelectorCase {
  in: string;
  ok: boolean;
  canonical: string | null;
  reqs: Requirements[] | null;
  matchesEmpty: boolean | null;
  probes: LabelProbe[];
}

/** What a case of the corpus says about a selector, read off ours. */
function answers(selector: Selector, probes: LabelProbe[]) {
  return {
    canonical: String(selector),
    reqs: selector.requirements.map(({ key, operator, values }) => ({
      key,
      op: operator,
      values: [...values],
    })),
    matches: probes.map(({ labels }) => selector.matches(labels)),
  };
}

function expected(line: Pick<SelectorCase, "canonical" | "reqs" | "probes">) {
  const { canonical, reqs, probes } = line;
  return { canonical, reqs, matches: probes.map(({ match }) => match) };
}

describe("upstream's answers", () => {
  test("every text of the selector table parses, prints and matches alike", () => {
    const lines = corpus<SelectorCase>("selectors");
    expect(lines.length).toBeGreaterThan(8000);
    for (const line of lines) {
      const parsed = attempt(() => parseSelector(line.in));
      expect("value" in parsed, line.in).toBe(line.ok);
      if ("error" in parsed) {
        expect(parsed.error, line.in).toBeInstanceOf(SelectorSyntaxError);
        continue;
      }
      expect(answers(parsed.value, line.probes), line.in).toEqual(expected(line));
      expect(parsed.value.matches({}), line.in).toBe(line.matchesEmpty);
    }
  });

  test("NUL is an error wherever it stands", () => {
    for (const text of ["\0", "a\0", "a=\0b", "a \0 anything((", "a in (\0)", "a in (b\0)"]) {
      expect(() => parseSelector(text), JSON.stringify(text)).toThrow(SelectorSyntaxError);
    }
  });

  test("reading like Kubernetes 1.34 differs in the commas before a parenthesis alone", () => {
    const lines = corpus<SelectorCase & { okUpTo034: boolean }>("version-drift");
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const old = attempt(() => parseSelector(line.in, { since: "1.34" }));
      expect("value" in old, line.in).toBe(line.okUpTo034);
      const now = attempt(() => parseSelector(line.in, { since: "1.35" }));
      expect("value" in now, line.in).toBe(line.ok);
    }
  });

  test("every LabelSelector object converts, prints and matches alike", () => {
    const lines = corpus<SelectorCase & { in: LabelSelector | null }>("label-selectors");
    expect(lines.length).toBeGreaterThan(1000);
    for (const line of lines) {
      const about = JSON.stringify(line.in);
      const read = attempt(() => fromLabelSelector(line.in));
      expect("value" in read, about).toBe(line.ok);
      if ("error" in read) continue;
      expect(answers(read.value, line.probes), about).toEqual({
        ...expected(line),
        reqs: line.reqs ?? [],
      });
    }
  });

  test("every label key, label value and DNS name is valid or not alike", () => {
    for (const line of corpus<{ in: string; errors: string[] }>("label-keys")) {
      expect(validateLabelKey(line.in).length === 0, line.in).toBe(line.errors.length === 0);
    }
    for (const line of corpus<{ in: string; errors: string[] }>("label-values")) {
      expect(validateLabelValue(line.in).length === 0, line.in).toBe(line.errors.length === 0);
    }
    type Names = Record<"dns1123Label" | "dns1123Subdomain" | "dns1035Label", string[]>;
    for (const line of corpus<{ in: string } & Names>("dns-names")) {
      const valid = {
        dns1123Label: validateDns1123Label(line.in).length === 0,
        dns1123Subdomain: validateDns1123Subdomain(line.in).length === 0,
        dns1035Label: validateDns1035Label(line.in).length === 0,
      };
      expect(valid, line.in).toEqual({
        dns1123Label: line.dns1123Label.length === 0,
        dns1123Subdomain: line.dns1123Subdomain.length === 0,
        dns1035Label: line.dns1035Label.length === 0,
      });
    }
  });

  test("every field selector (S.10) parses, prints and matches alike", () => {
    interface FieldCase {
      in: string;
      ok: boolean;
      canonical: string;
      reqs: { field: string; op: string; value: string }[];
      probes: { fields: Record<string, string>; match: boolean }[];
    }
    const lines = corpus<FieldCase>("fields");
    expect(lines.length).toBeGreaterThan(800);
    for (const line of lines) {
      const parsed = attempt(() => parseFieldSelector(line.in));
      expect("value" in parsed, line.in).toBe(line.ok);
      if ("error" in parsed) {
        expect(parsed.error, line.in).toBeInstanceOf(FieldSelectorSyntaxError);
        continue;
      }
      const { value } = parsed;
      const reqs = value.requirements.map(({ field, operator, value }) => ({
        field,
        op: operator,
        value,
      }));
      const matches = line.probes.map(({ fields }) => value.matches(fields));
      expect({ canonical: String(value), reqs, matches }, line.in).toEqual({
        canonical: line.canonical,
        reqs: line.reqs,
        matches: line.probes.map(({ match }) => match),
      });
    }
  });

  test("every node selector (S.11) is valid or not, and selects nodes alike", () => {
    interface NodeCase {
      in: NodeSelector;
      ok: boolean;
      probes: { name: string; labels: Record<string, string>; match: boolean }[];
    }
    const lines = corpus<NodeCase>("node-selectors");
    expect(lines.length).toBeGreaterThan(600);
    for (const line of lines) {
      const about = JSON.stringify(line.in);
      expect(validateNodeSelector(line.in).length === 0, about).toBe(line.ok);
      const matches = line.probes.map((probe) => matchesNodeSelector(line.in, probe));
      expect(matches, about).toEqual(line.probes.map(({ match }) => match));
    }
  });

  test("every requirement built by hand is valid or not, prints and matches alike", () => {
    interface RequirementCase {
      in: { key: string; op: string; values: string[] | null };
      ok: boolean;
      string: string;
      probes: LabelProbe[];
    }
    const lines = corpus<RequirementCase>("requirements");
    expect(lines.length).toBeGreaterThan(900);
    for (const line of lines) {
      const { key, op, values } = line.in;
      const about = JSON.stringify(line.in);
      const built = attempt(() => requirement(key, op as Operator, values ?? []));
      expect("value" in built, about).toBe(line.ok);
      if ("error" in built) {
        expect(built.error, about).toBeInstanceOf(RequirementError);
        continue;
      }
      expect(String(built.value), about).toBe(line.string);
      const matches = line.probes.map(({ labels }) => built.value.matches(labels));
      expect(matches, about).toEqual(line.probes.map(({ match }) => match));
    }
  });

  test("every text becomes the same LabelSelector object, or none", () => {
    const lines = corpus<{ in: string; ok: boolean; out: LabelSelector }>("to-label-selector");
    expect(lines.length).toBeGreaterThan(1000);
    let lossy = 0;
    for (const line of lines) {
      const convert = (conflicts: "refuse" | "last-wins") =>
        attempt(() => toLabelSelector(parseSelector(line.in), { conflicts }));
      const upstream = convert("last-wins");
      expect("value" in upstream, line.in).toBe(line.ok);
      if ("error" in upstream) continue;
      expect(upstream.value, line.in).toEqual(line.out);
      // What upstream changes silently is refused by default; anything else means the same.
      const faithful = convert("refuse");
      if ("value" in faithful) {
        const back = fromLabelSelector(faithful.value);
        expect(equivalent(back, parseSelector(line.in)), line.in).toBe(true);
      } else {
        lossy++;
        expect(faithful.error).toMatchObject({ code: "lossy" });
      }
    }
    expect(lossy).toBeGreaterThan(0);
  });

  test("every LabelSelector object has the same broken rules and the same plain map", () => {
    interface ObjectCase {
      in: LabelSelector | null;
      validate: string[];
      asMap: Record<string, string> | null;
      asMapErr: string | null;
    }
    for (const line of corpus<ObjectCase>("label-selectors")) {
      const about = JSON.stringify(line.in);
      const fields = (paths: string[]) => [...new Set(paths)].sort();
      expect(fields(validateLabelSelector(line.in).map(({ field }) => field)), about).toEqual(
        fields(line.validate.map((text) => text.split(": ", 1)[0] ?? "")),
      );
      const map = attempt(() => asMap(line.in, { conflicts: "last-wins" }));
      expect("value" in map, about).toBe(line.asMapErr === null);
      if ("value" in map) expect(map.value, about).toEqual(line.asMap);
    }
  });

  test("every plain map of labels in text form is read alike", () => {
    interface MapCase {
      in: string;
      ok: boolean;
      out: Record<string, string>;
    }
    const lines = corpus<MapCase>("labels-map");
    expect(lines.length).toBeGreaterThan(300);
    for (const line of lines) {
      const read = attempt(() => parseLabelsMap(line.in));
      expect("value" in read, line.in).toBe(line.ok);
      if ("value" in read) expect(read.value, line.in).toEqual(line.out);
    }
  });
});
