import { describe, expect, it } from "vitest";
import { parseResourcePath } from "../../src/api/request-path.ts";

const of = (path: string) => {
  const found = parseResourcePath(path);
  if (found === undefined) return undefined;
  const { group, version, plural, namespace = "-", name = "-", subresource, rest } = found;
  return [group, version, plural, namespace, name, subresource, rest].join(" ").trim();
};

describe("the path of a request", () => {
  it.each([
    ["/api/v1/pods", "v1 pods - -"],
    ["/api/v1/pods/", "v1 pods - -"],
    ["/apis/apps/v1/deployments", "apps v1 deployments - -"],
    ["/api/v1/nodes/n1", "v1 nodes - n1"],
    ["/api/v1/nodes/n1/status", "v1 nodes - n1 status"],
    ["/api/v1/namespaces", "v1 namespaces - -"],
    ["/api/v1/namespaces/shop", "v1 namespaces - shop"],
    ["/api/v1/namespaces/shop/pods", "v1 pods shop -"],
    ["/api/v1/namespaces/shop/pods/web", "v1 pods shop web"],
    ["/api/v1/namespaces/shop/pods/web/log", "v1 pods shop web log"],
    ["/api/v1/namespaces/shop/services/web:80/proxy/a/b", "v1 services shop web:80 proxy /a/b"],
    ["/api/v1/namespaces/shop/status", "v1 namespaces - shop status"],
    ["/api/v1/namespaces/shop/finalize", "v1 namespaces - shop finalize"],
    ["/api/v1/namespaces/a%2Fb/pods", "v1 pods a/b -"],
  ])("%s", (path, expected) => {
    expect(of(path)).toBe(expected);
  });

  it.each([
    "/",
    "/api",
    "/api/v1",
    "/apis",
    "/apis//v1/pods",
    "/apis/apps",
    "/apis/apps/v1",
    "/metrics",
    "/api/v1//pods",
    "/api/v1/pods//log",
    "/api/v1/namespaces/shop/pods/..",
    "/api/v1/namespaces/%2e%2e/pods",
    "/api/v1/namespaces/shop/pods/web/.",
  ])("names no resource: %s", (path) => {
    expect(parseResourcePath(path)).toBeUndefined();
  });

  it("refuses a broken escape", () => {
    expect(() => parseResourcePath("/api/v1/pods/%zz")).toThrow(URIError);
  });
});
