import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Faults } from "../../src/routes/fault.ts";
import { hostPattern } from "../../src/routes/host-pattern.ts";
import {
  type HttpMatch,
  MATCHES_ALL,
  matchesPath,
  mismatch,
  type PathMatch,
} from "../../src/routes/http-match.ts";
import { ingressTable } from "../../src/routes/ingress-table.ts";
import type { RouteRule } from "../../src/routes/route-rule.ts";
import { isFound, RouteTable } from "../../src/routes/route-table.ts";
import { textPattern } from "../../src/routes/text-pattern.ts";
import { Store } from "../../src/store/store.ts";

const request = (path: string, more: { method?: string; query?: string; host?: string } = {}) => ({
  method: "GET",
  host: "example.com",
  query: "",
  path,
  header: (name: string) => (name === "version" ? "two" : undefined),
  ...more,
});

describe("paths, as the table of the Ingress documentation has them", () => {
  const matches: [PathMatch["type"] & ("exact" | "prefix"), string, string, boolean][] = [
    ["prefix", "/", "/any/path", true],
    ["exact", "/foo", "/foo", true],
    ["exact", "/foo", "/bar", false],
    ["exact", "/foo", "/foo/", false],
    ["exact", "/foo/", "/foo", false],
    ["prefix", "/foo", "/foo", true],
    ["prefix", "/foo", "/foo/", true],
    ["prefix", "/foo/", "/foo", true],
    ["prefix", "/foo/", "/foo/", true],
    ["prefix", "/aaa/bb", "/aaa/bbb", false],
    ["prefix", "/aaa/bbb", "/aaa/bbb", true],
    ["prefix", "/aaa/bbb/", "/aaa/bbb", true],
    ["prefix", "/aaa/bbb", "/aaa/bbb/", true],
    ["prefix", "/aaa/bbb", "/aaa/bbb/ccc", true],
    ["prefix", "/aaa/bbb", "/aaa/bbbxyz", false],
  ];
  test.each(matches)("%s %s matches %s: %s", (type, value, path, expected) => {
    expect(matchesPath({ type, value }, path)).toBe(expected);
  });

  // Its rows with several paths: which of them has the request.
  test.each([
    [["/", "/aaa"], "/aaa/ccc", "/aaa"],
    [["/aaa", "/"], "/aaa/ccc", "/aaa"],
    [["/", "/aaa"], "/ccc", "/"],
    [["/aaa"], "/ccc", undefined],
    [["/foo=", "/foo"], "/foo", "/foo="],
    [["/foo", "/foo="], "/foo", "/foo="],
  ])("of %j the request for %s goes to %s", (paths, path, expected) => {
    const ingress = {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "i", namespace: "shop" },
      spec: {
        rules: [
          {
            host: "example.com",
            http: {
              paths: paths.map((text) => ({
                path: text.replace("=", ""),
                pathType: text.endsWith("=") ? ("Exact" as const) : ("Prefix" as const),
                backend: { service: { name: `to${text}`, port: { number: 80 } } },
              })),
            },
          },
        ],
      },
    };
    const found = new RouteTable(
      ingressTable([ingress], { store: new Store(), faults: new Faults() }),
    ).find(request(path));
    const service = isFound(found) ? found.rule.backends[0]?.service : undefined;
    expect(service).toBe(expected === undefined ? undefined : `to${expected}`);
  });
});

describe("what a match asks for besides the path", () => {
  const pattern = textPattern("t.o");
  if (typeof pattern === "string") throw new Error(pattern);
  test.each<[string, Partial<HttpMatch>, string | undefined]>([
    ["nothing", {}, undefined],
    ["the method", { method: "GET" }, undefined],
    ["another method", { method: "POST" }, "method"],
    ["a header", { headers: [{ name: "version", value: "two" }] }, undefined],
    ["another value", { headers: [{ name: "version", value: "tw" }] }, "header"],
    [
      "an expression for the whole value",
      { headers: [{ name: "version", value: pattern }] },
      undefined,
    ],
    ["a header that is not there", { headers: [{ name: "color", value: "" }] }, "header"],
    ["a parameter", { query: [{ name: "animal", value: "blue whale" }] }, undefined],
    ["another parameter", { query: [{ name: "animal", value: "dog" }] }, "query"],
  ])("%s", (_what, more, expected) => {
    const asked = request("/", { query: "animal=blue%20whale&animal=dog" });
    expect(mismatch({ ...MATCHES_ALL, ...more }, asked)).toBe(expected);
  });

  test("an expression that is none says why", () => {
    expect(textPattern("(")).toMatch(/missing closing \)/);
  });

  test("an expression costs no more than the text is long", () => {
    const slow = textPattern("(a+)+$");
    if (typeof slow === "string") throw new Error(slow);
    expect(slow.test(`${"a".repeat(50_000)}b`)).toBe(false);
  });
});

describe("which rule goes first", () => {
  const path = fc.record({
    type: fc.constantFrom("exact" as const, "prefix" as const),
    value: fc.constantFrom("/", "/a", "/a/b", "/b"),
  });
  const match = fc.record({
    path,
    method: fc.constantFrom(undefined, "GET", "POST"),
    headers: fc.constantFrom([], [{ name: "version", value: "two" }]),
    query: fc.constantFrom([], [{ name: "q", value: "1" }]),
  });
  const rule = fc.record({
    host: fc.constantFrom("*", "*.com", "example.com").map((text) => hostPattern(text)),
    rule: fc
      .record({
        matches: fc.array(match, { minLength: 1, maxLength: 3 }),
        name: fc.constantFrom("a", "b", "c", "d"),
        created: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        index: fc.nat(5),
      })
      .map(({ matches, ...source }) => ({
        matches,
        source: { kind: "HTTPRoute", namespace: "shop", ...source },
      })),
  });

  test("does not hang on the order in which rules come, and what was found matches", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(rule, {
          maxLength: 12,
          selector: ({ rule: { source } }) => `${source.name}/${source.created}/${source.index}`,
        }),
        fc.constantFrom("/", "/a", "/a/b", "/a/b/c", "/c"),
        fc.constantFrom("", "q=1"),
        (rules, wanted, query) => {
          const given = rules as unknown as { host: (typeof rules)[0]["host"]; rule: RouteRule }[];
          const asked = request(wanted, { query });
          const found = new RouteTable(given).find(asked);
          const again = new RouteTable([...given].reverse()).find(asked);
          if (!isFound(found)) {
            expect(isFound(again)).toBe(false);
            const all = given.flatMap((each) => each.rule.matches);
            expect(all.every((each) => mismatch(each, asked) !== undefined)).toBe(true);
            return;
          }
          expect(mismatch(found.match, asked)).toBeUndefined();
          expect(isFound(again) && again.rule.source).toEqual(found.rule.source);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
