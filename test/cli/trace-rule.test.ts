import { describe, expect, test } from "vitest";
import { traceRule } from "../../src/cli/trace/trace-rule.ts";
import { createEngine } from "../../src/engine/engine.ts";

const engine = createEngine();
const backend = (name: string, number = 80) => ({ service: { name, port: { number } } });
await engine.load([
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { ports: [{ port: 80 }] },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "shop", namespace: "shop" },
    spec: {
      rules: [
        {
          host: "shop.example.com",
          http: {
            paths: [
              { path: "/api", pathType: "Prefix", backend: backend("web") },
              { path: "/gone", pathType: "Exact", backend: backend("gone") },
            ],
          },
        },
      ],
    },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "secure", namespace: "shop" },
    spec: {
      ingressClassName: "nginx",
      tls: [{ hosts: ["secure.example.com"] }],
      rules: [
        {
          host: "secure.example.com",
          http: { paths: [{ path: "/", pathType: "Prefix", backend: backend("web") }] },
        },
      ],
    },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "own", namespace: "shop" },
    spec: {
      rules: [
        {
          host: "web.shop",
          http: { paths: [{ path: "/", pathType: "Prefix", backend: backend("gone") }] },
        },
      ],
    },
  },
] as never);

describe("trace of a URL", () => {
  test.each([
    [
      "http://shop.example.com/api/x",
      true,
      undefined,
      ["✓ Ingress shop/shop, rule 1: /api", "  → Service shop/web:80"],
    ],
    [
      "https://shop.example.com.localhost:8443/api",
      true,
      undefined,
      ["✓ Ingress shop/shop, rule 1: /api", "  → Service shop/web:80"],
    ],
    [
      "http://shop.example.com/gone",
      false,
      "there is no Service shop/gone",
      ["✓ Ingress shop/shop, rule 2: exactly /gone", "  → Service shop/gone:0"],
    ],
    [
      "http://shop.example.com/other",
      false,
      "no rule matches GET /other",
      [
        "✗ Ingress shop/shop, rule 2: exactly /gone: the path is another",
        "✗ Ingress shop/shop, rule 1: /api: the path is another",
      ],
    ],
  ])("%s", (url, reached, verdict, lines) => {
    expect(traceRule(engine, new URL(url))).toMatchObject({
      reached,
      ...(verdict !== undefined && { verdict }),
      step: { title: "rules for shop.example.com", lines },
    });
  });

  test("leaves a host to the Service of that name, as the gateway does", () => {
    expect(traceRule(engine, new URL("http://web.shop.localhost/"))).toBeUndefined();
  });

  test("says nothing where no route has the host", () => {
    expect(traceRule(engine, new URL("http://web.shop/"))).toBeUndefined();
  });

  test("without TLS where the rule redirects to it", () => {
    const traced = (url: string) => traceRule(engine, new URL(url));
    expect(traced("http://secure.example.com/")).toMatchObject({
      reached: true,
      verdict: "Ingress shop/secure redirects it to https",
    });
    expect(traced("https://secure.example.com/")?.backend).toMatchObject({ name: "web" });
  });
});
