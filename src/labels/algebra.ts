import { compareBytes } from "./byte-order.ts";
import { Domain, deciding, type IntegerRange, type LabelState, type Universe } from "./domain.ts";
import { MAX_INT64, MIN_INT64 } from "./integer.ts";
import type { Labels } from "./labels.ts";
import { Requirement } from "./requirement.ts";
import { Selector } from "./selector.ts";

/** What a question about selectors is asked over. */
export interface AlgebraOptions {
  /**
   * `strings` (the default): any label set, as matching takes it. `valid-labels`: only label sets
   * that an API server accepts; `x<0` is then unsatisfiable, since no valid value is negative.
   */
  readonly over?: Universe;
}

/** Whether some label set matches. */
export function isSatisfiable(selector: Selector, options?: AlgebraOptions): boolean {
  return witness([selector], options) !== undefined;
}

/** Whether some label set matches both. */
export function overlaps(a: Selector, b: Selector, options?: AlgebraOptions): boolean {
  return witness([a, b], options) !== undefined;
}

/** Whether every label set that matches `a` matches `b` too. */
export function implies(a: Selector, b: Selector, options?: AlgebraOptions): boolean {
  return counterexample(a, b, options) === undefined;
}

/** Whether the two match exactly the same label sets. */
export function equivalent(a: Selector, b: Selector, options?: AlgebraOptions): boolean {
  return implies(a, b, options) && implies(b, a, options);
}

/** A small label set that matches all of the selectors, if there is any. */
export function witness(
  selectors: Selector | readonly Selector[],
  options?: AlgebraOptions,
): Labels | undefined {
  const all = Array.isArray(selectors)
    ? (selectors as readonly Selector[])
    : [selectors as Selector];
  if (all.some(({ selectable }) => !selectable)) return undefined;
  const states = new Map<string, LabelState>();
  for (const [key, domain] of domainsOf(all)) {
    const state = find(deciding([domain], overOf(options)), (one) => domain.has(one));
    if (!state) return undefined;
    states.set(key, state.found);
  }
  return toLabels(states);
}

/** A small label set that matches `a` and not `b`, if there is any. */
export function counterexample(
  a: Selector,
  b: Selector,
  options?: AlgebraOptions,
): Labels | undefined {
  const matching = witness(a, options);
  if (!matching || !b.selectable) return matching;
  const ours = domainsOf([a]);
  for (const [key, theirs] of domainsOf([b])) {
    const mine = ours.get(key) ?? new Domain(key);
    const states = deciding([mine, theirs], overOf(options));
    const state = find(states, (one) => mine.has(one) && !theirs.has(one));
    if (!state) continue;
    const labels = new Map<string, LabelState>(Object.entries(matching));
    return toLabels(labels.set(key, state.found));
  }
  return undefined;
}

/**
 * A selector with the same meaning and as few requirements as possible, in one fixed form: `=` for
 * one value, `in` for more, `!=` and `notin` likewise, one `gt` and one `lt` at most. What nothing
 * satisfies becomes `k,!k`, which still says so when printed.
 */
export function simplify(selector: Selector, options?: AlgebraOptions): Selector {
  const over = overOf(options);
  if (!selector.selectable) return selector;
  const requirements: Requirement[] = [];
  for (const [key, domain] of domainsOf([selector])) {
    if (!find(deciding([domain], over), (state) => domain.has(state))) {
      return new Selector([new Requirement(key, "exists", []), new Requirement(key, "!", [])]);
    }
    for (const each of simplestOf(domain, over)) requirements.push(each);
  }
  return new Selector(requirements);
}

function simplestOf(domain: Domain, over: Universe): Requirement[] {
  const { key, absent, present, included, excluded, range } = domain;
  const make = (operator: Requirement["operator"], values: Iterable<string>) =>
    new Requirement(key, operator, [...values]);
  if (!present) return [make("!", [])];
  const known = new Set<LabelState>(deciding([domain], over));
  if (included) {
    const values = [...included].filter((value) => domain.has(value) && known.has(value));
    return [make(values.length === 1 ? "=" : "in", values)];
  }
  // Only what the rest would allow needs excluding.
  const rest = new Domain(key);
  rest.range = range;
  const values = [...excluded].filter((value) => rest.has(value) && known.has(value));
  const requirements: Requirement[] = [];
  if (!absent && !range) requirements.push(make("exists", []));
  if (range) for (const bound of bounds(key, range)) requirements.push(bound);
  if (values.length > 0) requirements.push(make(values.length === 1 ? "!=" : "notin", values));
  return requirements;
}

function bounds(key: string, { min, max }: IntegerRange): Requirement[] {
  const requirements: Requirement[] = [];
  if (min > MIN_INT64) requirements.push(new Requirement(key, "gt", [String(min - 1n)]));
  if (max < MAX_INT64) requirements.push(new Requirement(key, "lt", [String(max + 1n)]));
  return requirements;
}

/** What the selectors together leave to each key that they name; linear time. */
export function domainsOf(selectors: readonly Selector[]): Map<string, Domain> {
  const domains = new Map<string, Domain>();
  for (const { requirements } of selectors) {
    for (const requirement of requirements) {
      let domain = domains.get(requirement.key);
      if (!domain) {
        domain = new Domain(requirement.key);
        domains.set(requirement.key, domain);
      }
      domain.add(requirement);
    }
  }
  return domains;
}

function find(
  states: Iterable<LabelState>,
  accept: (state: LabelState) => boolean,
): { found: LabelState } | undefined {
  for (const found of states) if (accept(found)) return { found };
  return undefined;
}

function toLabels(states: ReadonlyMap<string, LabelState>): Labels {
  const entries: [string, string][] = [];
  for (const [key, value] of states) if (value !== undefined) entries.push([key, value]);
  return Object.fromEntries(entries.sort(([a], [b]) => compareBytes(a, b)));
}

function overOf(options: AlgebraOptions | undefined): Universe {
  return options?.over ?? "strings";
}
