import { describe, expect, test } from "vitest";
import {
  fromLabelSelector,
  type LabelSelector,
  parseSelector,
  type Selector,
  SelectorSyntaxError,
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelKey,
  validateLabelValue,
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
});
