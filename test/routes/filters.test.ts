import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedFields } from "../../src/proxy/exchange/field-changes.ts";
import { FieldSection } from "../../src/proxy/exchange/field-section.ts";
import { BackendShares } from "../../src/routes/backend-shares.ts";
import {
  answerHeaders,
  type CorsPolicy,
  isPreflight,
  preflightHeaders,
} from "../../src/routes/cors.ts";
import { durationMs } from "../../src/routes/duration.ts";
import { changedPath, type Redirect, redirectTarget } from "../../src/routes/http-filter.ts";
import type { RouteBackend } from "../../src/routes/route-backend.ts";

describe("a path in place of a prefix, as Gateway API's table has it", () => {
  test.each([
    ["/foo/bar", "/foo", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo", "/xyz/", "/xyz/bar"],
    ["/foo/bar", "/foo/", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo/", "/xyz/", "/xyz/bar"],
    ["/foo", "/foo", "/xyz", "/xyz"],
    ["/foo/", "/foo", "/xyz", "/xyz/"],
    ["/foo/bar", "/foo", "", "/bar"],
    ["/foo/", "/foo", "", "/"],
    ["/foo", "/foo", "", "/"],
    ["/foo/", "/foo", "/", "/"],
    ["/foo", "/foo", "/", "/"],
    ["/any", "/", "/xyz", "/xyz/any"],
  ])("%s, %s by %s: %s", (path, prefix, value, expected) => {
    expect(changedPath(path, { type: "prefix", value }, prefix)).toBe(expected);
  });

  test("in place of the whole", () => {
    expect(changedPath("/a/b", { type: "full", value: "/c" }, "/a")).toBe("/c");
  });
});

describe("where a redirect leads", () => {
  const plain: Redirect = {
    scheme: undefined,
    hostname: undefined,
    port: undefined,
    path: undefined,
    status: 302,
  };
  const asked = { scheme: "http", host: "example.org", port: 80, path: "/a", query: "" };
  test.each<[string, Partial<Redirect>, Partial<typeof asked>, string]>([
    ["another host", { hostname: "b.org" }, {}, "http://b.org/a"],
    ["the query goes along", { hostname: "b.org" }, { query: "x=1" }, "http://b.org/a?x=1"],
    ["the listener's port", {}, { port: 8080 }, "http://example.org:8080/a"],
    ["a port of its own", { port: 8083 }, { port: 8080 }, "http://example.org:8083/a"],
    ["the usual port is not said", { port: 80 }, { port: 8080 }, "http://example.org/a"],
    [
      "another scheme has its usual port",
      { scheme: "https" },
      { port: 8080 },
      "https://example.org/a",
    ],
    ["another scheme and port", { scheme: "https", port: 8443 }, {}, "https://example.org:8443/a"],
    ["https stays https", {}, { scheme: "https", port: 443 }, "https://example.org/a"],
    ["another path", { path: { type: "full", value: "/z" } }, {}, "http://example.org/z"],
  ])("%s", (_what, redirect, request, location) => {
    expect(redirectTarget({ ...plain, ...redirect }, { ...asked, ...request }, "/")).toBe(location);
  });
});

describe("CORS", () => {
  const policy: CorsPolicy = {
    dialect: "fetch",
    allowOrigins: ["https://app.example.com", "https://*.shop.example", "http://dev.example:*"],
    allowMethods: ["GET", "PUT"],
    allowHeaders: ["x-one"],
    exposeHeaders: ["x-two"],
    allowCredentials: false,
    maxAge: 60,
  };
  const from = (origin: string, more: Record<string, string> = {}) => ({
    method: "OPTIONS",
    header: (name: string) => ({ origin, ...more })[name],
  });

  test.each([
    ["https://app.example.com", true],
    ["https://app.example.com:444", false],
    ["http://app.example.com", false],
    ["https://a.shop.example", true],
    ["https://a.b.shop.example", true],
    ["https://shop.example", false],
    ["https://evilshop.example", false],
    ["http://dev.example:3000", true],
    ["null", false],
  ])("lets %s: %s", (origin, allowed) => {
    const headers = answerHeaders(policy, from(origin));
    expect(headers).toEqual(
      allowed
        ? [
            { name: "access-control-allow-origin", value: origin },
            { name: "access-control-expose-headers", value: "x-two" },
          ]
        : [],
    );
  });

  test("answers what a browser asks before", () => {
    const asked = from("https://app.example.com", { "access-control-request-method": "PUT" });
    expect(isPreflight(policy, asked)).toBe(true);
    expect(
      Object.fromEntries(preflightHeaders(policy, asked).map((h) => [h.name, h.value])),
    ).toEqual({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-methods": "GET, PUT",
      "access-control-allow-headers": "x-one",
      "access-control-expose-headers": "x-two",
      "access-control-max-age": "60",
    });
    expect(preflightHeaders(policy, from("https://other.example"))).toEqual([]);
    expect(isPreflight(policy, { ...asked, method: "GET" })).toBe(false);
    expect(isPreflight(policy, from("https://app.example.com"))).toBe(false);
  });

  test("never says * where credentials go along", () => {
    const open = { ...policy, allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"] };
    const asked = from("https://x.example", {
      "access-control-request-method": "DELETE",
      "access-control-request-headers": "x-a, x-b",
    });
    const values = (allowCredentials: boolean) =>
      preflightHeaders({ ...open, allowCredentials }, asked).map(({ value }) => value);
    expect(values(true)).toEqual([
      "https://x.example",
      "true",
      "x-two",
      "DELETE",
      "x-a, x-b",
      "60",
    ]);
    expect(values(false)).toEqual(["*", "x-two", "*", "x-a, x-b", "60"]);
  });
});

describe("fields that a route changes", () => {
  const fields = FieldSection.ofPairs(["x-a", "1", "x-b", "2", "x-a", "3", "content-length", "5"]);
  test.each([
    ["set", { set: [{ name: "x-a", value: "9" }] }, "x-b: 2\r\ncontent-length: 5\r\nx-a: 9\r\n"],
    [
      "add",
      { add: [{ name: "x-b", value: "9" }] },
      "x-a: 1\r\nx-b: 2\r\nx-a: 3\r\ncontent-length: 5\r\nx-b: 9\r\n",
    ],
    ["remove", { remove: ["x-a"] }, "x-b: 2\r\ncontent-length: 5\r\n"],
    ["framing", { remove: ["content-length", "transfer-encoding"] }, fields.lines],
    ["the connection's", { set: [{ name: "connection", value: "upgrade" }] }, fields.lines],
  ])("%s", (_what, change, lines) => {
    expect(changedFields(fields, [{ set: [], add: [], remove: [], ...change }]).lines).toBe(lines);
  });
});

test("backends have their shares after any number of requests, give or take one", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }), fc.nat(300), (weights, n) => {
      const backends = weights.map((weight, i) => ({ service: `${i}`, weight }) as RouteBackend);
      const shares = new BackendShares(backends);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const counts = new Map<string, number>();
      for (let i = 0; i < n; i++) {
        const next = shares.next();
        if (next) counts.set(next.service, (counts.get(next.service) ?? 0) + 1);
        else expect(total).toBe(0);
      }
      for (const { service, weight } of backends) {
        const due = total === 0 ? 0 : (n * weight) / total;
        const had = counts.get(service) ?? 0;
        if (weight === 0) expect(had).toBe(0);
        expect(Math.abs(had - due)).toBeLessThan(backends.length);
      }
    }),
  );
});

test.each([
  ["1h", 3_600_000],
  ["1h1m1s1ms", 3_661_001],
  ["500ms", 500],
  ["0s", undefined],
  [undefined, undefined],
])("a duration of %s is %s ms", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});
