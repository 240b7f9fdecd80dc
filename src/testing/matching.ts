import fc from "fast-check";
import { domainsOf } from "../labels/algebra.ts";
import { type Domain, deciding, type LabelState } from "../labels/domain.ts";
import type { Labels } from "../labels/labels.ts";
import { parseSelector } from "../labels/parse.ts";
import type { Selector } from "../labels/selector.ts";
import { labelSet } from "./label-set.ts";
import { labelValue } from "./label-value.ts";

/**
 * Valid labels that the selector matches.
 *
 * @throws RangeError when no valid labels do.
 */
export function matching(selector: Selector | string): fc.Arbitrary<Labels> {
  const domains = domainsIn(selector);
  const keys = domains?.map((domain) => statesOf(domain, true));
  if (!keys?.every((key) => key !== undefined)) {
    throw new RangeError(`no valid labels match ${shown(selector)}`);
  }
  return assemble(keys as KeyStates[]);
}

/**
 * Valid labels that the selector does not match; many of them miss by one label.
 *
 * @throws RangeError when all valid labels match.
 */
export function notMatching(selector: Selector | string): fc.Arbitrary<Labels> {
  const domains = domainsIn(selector);
  if (!domains) return labelSet();
  const wrong = domains.map((domain) => statesOf(domain, false));
  const violable = wrong.filter((key) => key !== undefined);
  if (violable.length === 0) throw new RangeError(`all valid labels match ${shown(selector)}`);
  const right = domains.map((domain) => statesOf(domain, true));
  return fc.constantFrom(...violable).chain((violated) => {
    const others = right.filter((key) => key !== undefined && key.key !== violated.key);
    return assemble([...(others as KeyStates[]), violated]);
  });
}

interface KeyStates {
  readonly key: string;
  readonly states: fc.Arbitrary<LabelState>;
}

function domainsIn(selector: Selector | string): Domain[] | undefined {
  const parsed = typeof selector === "string" ? parseSelector(selector) : selector;
  return parsed.selectable ? [...domainsOf([parsed]).values()] : undefined;
}

/** The valid states of a key inside its domain, or outside; `undefined` when there are none. */
function statesOf(domain: Domain, inside: boolean): KeyStates | undefined {
  const fits = (state: LabelState) => domain.has(state) === inside;
  const known = [...deciding([domain], "valid-labels")].filter(fits);
  if (known.length === 0) return undefined;
  const states: fc.Arbitrary<LabelState>[] = [fc.constantFrom(...known)];
  // Named and fresh values reach every case; the rest is variety, where there is room for it.
  if (known.some((state) => state !== undefined && /^x[0-9]*$/.test(state))) {
    states.push(labelValue().filter(fits));
  }
  if (inside && domain.range) {
    const { min, max } = domain.range;
    const integers = fc.bigInt({ min: min < 0n ? 0n : min, max });
    if (max >= 0n && max >= min) {
      states.push(integers.map(String).map((text) => (fits(text) ? text : known[0])));
    }
  }
  return { key: domain.key, states: fc.oneof({ withCrossShrink: true }, ...states) };
}

/** Label sets with these keys in these states, and some other labels. */
function assemble(keys: readonly KeyStates[]): fc.Arbitrary<Labels> {
  return fc
    .tuple(labelSet({ maxKeys: 3 }), ...keys.map(({ states }) => states))
    .map(([rest, ...chosen]) => {
      const entries = new Map(Object.entries(rest as Labels));
      for (const [i, { key }] of keys.entries()) {
        const state = chosen[i] as LabelState;
        if (state === undefined) entries.delete(key);
        else entries.set(key, state);
      }
      return Object.fromEntries(entries);
    });
}

function shown(selector: Selector | string): string {
  return typeof selector !== "string" && !selector.selectable ? "nothing" : `"${selector}"`;
}
