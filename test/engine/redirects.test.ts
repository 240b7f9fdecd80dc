import { expect, test } from "vitest";
import { createEngine } from "../../src/index.ts";
import { request } from "../proxy/cluster.ts";
import { shopGateway } from "../support/shop-gateway.ts";

const GROUP = "gateway.networking.k8s.io/v1";

test("a redirect leads to the port that was bound, also where any free one was asked for", async () => {
  await using engine = createEngine();
  await engine.load([
    shopGateway("gw"),
    {
      apiVersion: GROUP,
      kind: "HTTPRoute",
      metadata: { namespace: "shop", name: "r" },
      spec: {
        parentRefs: [{ name: "gw" }],
        hostnames: ["shop.example.com"],
        rules: [
          {
            filters: [
              {
                type: "RequestRedirect",
                requestRedirect: { path: { type: "ReplaceFullPath", replaceFullPath: "/new" } },
              },
            ],
          },
        ],
      },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { namespace: "shop", name: "i" },
      spec: {
        ingressClassName: "nginx",
        tls: [{ hosts: ["tls.example.com"] }],
        rules: [
          {
            host: "tls.example.com",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "web", port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    },
  ]);
  const { gateway, https } = await engine.listen({
    gateway: { listen: "127.0.0.1:0" },
    https: { listen: "127.0.0.1:0" },
  });
  const location = async (host: string) =>
    (await request({ port: gateway?.port ?? 0, path: "/a", headers: { host } })).headers[
      "location"
    ];
  expect(await location("shop.example.com")).toBe(`http://shop.example.com:${gateway?.port}/new`);
  expect(await location("tls.example.com")).toBe(`https://tls.example.com:${https?.port}/a`);
});
