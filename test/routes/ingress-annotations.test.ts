import { describe, expect, test } from "vitest";
import type { Ingress, IngressPath } from "../../src/objects/ingress.ts";
import { Faults } from "../../src/routes/fault.ts";
import { changedPath, redirectTarget } from "../../src/routes/http-filter.ts";
import { ingressTable } from "../../src/routes/ingress-table.ts";
import { isFound, RouteTable } from "../../src/routes/route-table.ts";
import { Store } from "../../src/store/store.ts";

type Annotations = Readonly<Record<string, string>>;

function table(annotations: Annotations, ...paths: string[]): RouteTable {
  const ingress: Ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      namespace: "shop",
      name: "i",
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([name, value]) => [
          `nginx.ingress.kubernetes.io/${name}`,
          value,
        ]),
      ),
    },
    spec: {
      rules: [
        {
          host: "shop.example.com",
          http: {
            paths: paths.map(
              (path): IngressPath => ({
                path,
                pathType: "ImplementationSpecific",
                backend: { service: { name: "web", port: { number: 80 } } },
              }),
            ),
          },
        },
      ],
    },
  };
  return new RouteTable(ingressTable([ingress], { store: new Store(), faults: new Faults() }));
}

function ask(routes: RouteTable, path: string) {
  const found = routes.find({
    method: "GET",
    host: "shop.example.com",
    path,
    query: "a=b",
    header: () => undefined,
  });
  if (!isFound(found)) return undefined;
  const { rule, match } = found;
  const asked = { scheme: "http", host: "shop.example.com", port: 80, path, query: "a=b" };
  const change = rule.rewrite?.path;
  return {
    rule,
    by: match.path.value,
    path: change === undefined ? path : changedPath(path, change, "/"),
    location: rule.redirect && redirectTarget(rule.redirect, asked, "/"),
  };
}

/** Facts of ingress-nginx, from its documentation and its end-to-end cases. */
describe("annotations of ingress-nginx", () => {
  test.each<[string, string, string, string | undefined]>([
    ["/something(/|$)(.*)", "/$2", "/something", "/"],
    ["/something(/|$)(.*)", "/$2", "/something/", "/"],
    ["/something(/|$)(.*)", "/$2", "/something/new", "/new"],
    ["/something(/|$)(.*)", "/$2", "/SOMETHING/new", "/new"],
    ["/something(/|$)(.*)", "/$2", "/somethingelse", undefined],
    ["/foo", "/", "/foo/bar", "/"],
    ["/foo.+", "/new/backend", "/foo/bar/bar", "/new/backend"],
    ["/foo/bar/(.+)", "/new/backend/$1", "/foo/bar/bar", "/new/backend/bar"],
    ["/a/([0-9]+)/(.*)", "/$2/$1/$3", "/a/1/b", "/b/1/"],
  ])("rewrite-target: %s to %s makes %s to %s", (path, target, asked, expected) => {
    expect(ask(table({ "rewrite-target": target }, path), asked)?.path).toBe(expected);
  });

  test("use-regex: the longest expression goes first, and matches the beginning", () => {
    const routes = table({ "use-regex": "true" }, "/foo/bar/.+", "/foo/bar/[a-z]{3}", "/foo");
    expect(ask(routes, "/foo/bar/bar")?.by).toBe("/foo/bar/[a-z]{3}");
    expect(ask(routes, "/foo/bar/1")?.by).toBe("/foo/bar/.+");
    expect(ask(routes, "/foobar")?.by).toBe("/foo");
    expect(ask(routes, "/other")).toBeUndefined();
    expect(ask(routes, "/foo/bar/bar")?.path).toBe("/foo/bar/bar");
  });

  test("an expression that is none holds for nothing", () => {
    expect(ask(table({ "use-regex": "true" }, "/(?=x)"), "/x")).toBeUndefined();
  });

  test.each<[Annotations, number, string]>([
    [{ "permanent-redirect": "https://a.example/x" }, 301, "https://a.example/x"],
    [
      { "permanent-redirect": "https://a.example", "permanent-redirect-code": "308" },
      308,
      "https://a.example",
    ],
    [
      { "permanent-redirect": "https://a.example", "permanent-redirect-code": "200" },
      301,
      "https://a.example",
    ],
    [
      { "temporal-redirect": "https://b.example", "permanent-redirect": "https://a.example" },
      302,
      "https://b.example",
    ],
  ])("%o: %i to %s", (annotations, status, location) => {
    const found = ask(table(annotations, "/"), "/y");
    expect([found?.rule.redirect?.status, found?.location]).toEqual([status, location]);
  });

  test("app-root: the root alone leads to it", () => {
    const routes = table({ "app-root": "/app1" }, "/");
    expect(ask(routes, "/")?.location).toBe("http://shop.example.com/app1?a=b");
    expect(ask(routes, "/")?.rule.redirect?.status).toBe(302);
    expect(ask(routes, "/x")?.location).toBeUndefined();
  });

  test("upstream-vhost, backend-protocol", () => {
    const annotations = { "upstream-vhost": "in.example", "backend-protocol": "grpc" };
    const { rule } = ask(table(annotations, "/"), "/") ?? {};
    expect(rule?.rewrite?.hostname).toBe("in.example");
    expect(rule?.isGrpc).toBe(true);
    const both = { "upstream-vhost": "in.example", "rewrite-target": "/" };
    expect(ask(table(both, "/x"), "/x")?.rule.rewrite?.hostname).toBe("in.example");
  });

  test("CORS, with its defaults", () => {
    expect(ask(table({ "cors-allow-origin": "https://a.example" }, "/"), "/")?.rule.cors).toBe(
      undefined,
    );
    const { cors } = ask(table({ "enable-cors": "true" }, "/"), "/")?.rule ?? {};
    expect(cors).toMatchObject({
      allowOrigins: ["*"],
      allowMethods: ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"],
      allowCredentials: true,
      maxAge: 1728000,
    });
    const own = {
      "enable-cors": "true",
      "cors-allow-origin": "https://a.example, https://*.b.example",
      "cors-allow-credentials": "false",
      "cors-max-age": "600",
      "cors-expose-headers": "X-A",
    };
    expect(ask(table(own, "/"), "/")?.rule.cors).toMatchObject({
      allowOrigins: ["https://a.example", "https://*.b.example"],
      exposeHeaders: ["X-A"],
      allowCredentials: false,
      maxAge: 600,
    });
  });
});
