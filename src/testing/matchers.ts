import { validateLabelKey, validateLabelValue } from "../labels/label-name.ts";
import type { Labels } from "../labels/labels.ts";
import { parseSelector } from "../labels/parse.ts";
import type { Selector } from "../labels/selector.ts";

/** What a matcher of `expect` answers. */
export interface MatcherResult {
  readonly pass: boolean;
  /** What a failure says. */
  readonly message: () => string;
}

/** The matchers' types, to merge into the test runner's own; see the documentation. */
export interface LabelMatchers<R = unknown> {
  /** The labels, or the object's `metadata.labels`, are selected by the selector. */
  toMatchSelector(selector: Selector | string): R;
  /** Every key and value is one that an API server accepts. */
  toBeValidLabels(): R;
}

/**
 * Passes when the selector matches the labels; fails with a verdict for each requirement.
 * For `expect.extend` of vitest and jest.
 */
export function toMatchSelector(received: unknown, selector: Selector | string): MatcherResult {
  const labels = labelsOf(received);
  const wanted = typeof selector === "string" ? parseSelector(selector) : selector;
  const explanation = wanted.explain(labels);
  const { matches } = explanation;
  const sentence = `expected ${JSON.stringify(labels)} ${matches ? "not " : ""}to match ${wanted}`;
  return { pass: matches, message: () => `${sentence}\n${explanation}` };
}

/** Passes when every label is valid; fails with every broken rule. */
export function toBeValidLabels(received: unknown): MatcherResult {
  const labels = labelsOf(received);
  const problems = Object.keys(labels).flatMap((key) => {
    const value: unknown = labels[key];
    if (typeof value !== "string") return [`${key}: the value is no string`];
    const broken = [...validateLabelKey(key), ...validateLabelValue(value)];
    return broken.map(({ message }) => `${key}: ${message}`);
  });
  const pass = problems.length === 0;
  const sentence = `expected ${JSON.stringify(labels)} ${pass ? "not " : ""}to be valid labels`;
  return { pass, message: () => [sentence, ...problems].join("\n") };
}

/** Both matchers: `expect.extend(labelMatchers)`. */
export const labelMatchers: {
  readonly toMatchSelector: typeof toMatchSelector;
  readonly toBeValidLabels: typeof toBeValidLabels;
} = { toMatchSelector, toBeValidLabels };

function labelsOf(received: unknown): Labels {
  if (typeof received !== "object" || received === null) {
    throw new TypeError("expected labels, or an object with metadata.labels");
  }
  const { metadata } = received as { metadata?: { labels?: Labels } };
  return typeof metadata === "object" ? (metadata.labels ?? {}) : (received as Labels);
}
