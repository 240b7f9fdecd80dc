import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compareHosts,
  formatHost,
  hostPattern,
  intersectHosts,
  matchesHost,
} from "../../src/routes/host-pattern.ts";

describe("hosts that routes are for", () => {
  // The tables of the Ingress documentation and of Gateway API's Hostname.
  test.each([
    ["foo.bar.com", "one-label", "foo.bar.com", true],
    ["*.foo.com", "one-label", "bar.foo.com", true],
    ["*.foo.com", "one-label", "baz.bar.foo.com", false],
    ["*.foo.com", "one-label", "foo.com", false],
    ["*.foo.com", "labels", "baz.bar.foo.com", true],
    ["*.foo.com", "labels", "foo.com", false],
    ["*.foo.com", "labels", ".foo.com", false],
    ["*.foo.com", "labels", "barfoo.com", false],
    ["Foo.Com", "labels", "foo.com", true],
    [undefined, "labels", "anything", true],
    ["*", "labels", "anything", true],
  ] as const)("%s with a wildcard for %s matches %s: %s", (text, wildcard, host, matches) => {
    expect(matchesHost(hostPattern(text, wildcard), host)).toBe(matches);
  });

  test("go by the exact one, then the longer wildcard, then any", () => {
    const texts = ["*", "*.com", "a.b.com", "*.b.com"];
    const sorted = texts.map((text) => hostPattern(text)).sort(compareHosts);
    expect(sorted.map(formatHost)).toEqual(["a.b.com", "*.b.com", "*.com", "*"]);
  });

  const label = fc.constantFrom("a", "b", "c");
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  const pattern = fc.oneof(
    host.map((text) => hostPattern(text)),
    host.map((text) => hostPattern(`*.${text}`)),
    fc.constant(hostPattern(undefined)),
  );

  test("the intersection of two matches what both match", () => {
    fc.assert(
      fc.property(pattern, pattern, host, (a, b, name) => {
        const both = intersectHosts(a, b);
        const matches = both !== undefined && matchesHost(both, name);
        expect(matches).toBe(matchesHost(a, name) && matchesHost(b, name));
      }),
      { numRuns: 2_000 },
    );
  });
});
