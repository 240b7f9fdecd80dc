import fc from "fast-check";
import { implies, overlaps } from "kubelane/labels";
import { labelSet, labelValue, matching, notMatching } from "kubelane/testing";
import { expect, test } from "vitest";
import { allowed, canary, podLabels, stable } from "./rules.js";

const branch = fc.oneof(
  fc.constantFrom("main", "feature/labels", "dependabot/npm_and_yarn/a-b-1.2.3", "-", ""),
  fc.string({ unit: "binary", maxLength: 200 }),
  // Around the longest label value.
  fc.string({ unit: fc.constantFrom("a", "1", "/", "-"), minLength: 60, maxLength: 80 }),
);
const deployment = fc.record({ app: labelValue(), branch, canary: fc.boolean() });

test("every branch gets labels that an API server accepts", () => {
  fc.assert(
    fc.property(deployment, (one) => {
      expect(podLabels(one)).toBeValidLabels();
    }),
  );
});

test("a canary is reached by testers alone", () => {
  fc.assert(
    fc.property(branch, fc.boolean(), (name, isCanary) => {
      const labels = podLabels({ app: "shop", branch: name, canary: isCanary });
      expect(labels).toMatchSelector(isCanary ? canary : stable);
      expect(labels).not.toMatchSelector(isCanary ? stable : canary);
    }),
  );
});

test("no pod ever serves both Services, whatever its other labels", () => {
  expect(overlaps(stable, canary)).toBe(false);
  fc.assert(
    fc.property(matching(canary), labelSet(), (own, more) => {
      expect({ ...more, ...own }).not.toMatchSelector(stable);
    }),
  );
});

test("the network policy lets in what a Service sends traffic to", () => {
  expect(implies(stable, allowed)).toBe(true);
  fc.assert(
    fc.property(matching(stable), (labels) => {
      expect(labels).toMatchSelector(allowed);
    }),
  );
  fc.assert(
    fc.property(notMatching(allowed), (labels) => {
      expect(labels).not.toMatchSelector(canary);
    }),
  );
});
