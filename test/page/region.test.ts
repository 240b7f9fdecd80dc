import { describe, expect, test } from "vitest";
import { graphOf, regionsOf } from "../../src/page/app/map/region.ts";
import { EMPTY_WORLD, type World, type WorldPod, type WorldService } from "../../src/page/world.ts";

const service = (id: string, endpoints: readonly string[] = []): WorldService => {
  const [namespace = "", name = ""] = id.split("/");
  const counts = { ready: endpoints.length, total: endpoints.length };
  return { id, namespace, name, labels: {}, type: "ClusterIP", address: "", endpoints, ...counts };
};
const pod = (id: string): WorldPod => {
  const [namespace = "", name = ""] = id.split("/");
  return { id, namespace, name, labels: {}, stage: "ready", restarts: 0, home: "process" };
};
const world = (ids: readonly string[], routes: World["routes"] = new Map()): World => ({
  ...EMPTY_WORLD,
  pods: new Map(ids.map((id) => [id, pod(id)])),
  routes,
});

test("regions are namespaces, and the API's own comes last", () => {
  const regions = regionsOf(
    ["default/kubernetes", "shop/api", "shop/web"].map((id) => service(id)),
  );
  expect(regions.map(({ namespace }) => namespace)).toEqual(["shop", "default"]);
  const further = regionsOf(
    ["default/kubernetes", "default/web", "shop/api"].map((id) => service(id)),
  );
  expect(further.map(({ namespace }) => namespace)).toEqual(["default", "shop"]);
});

describe("a region's graph", () => {
  const web = service("shop/web", ["shop/web-1", "10.0.0.9"]);
  const none = new Set<string>();

  test("leads from a Service to its pods, and to addresses that are none", () => {
    const { nodes, edges, entries } = graphOf(
      { namespace: "shop", services: [web] },
      world(["shop/web-1"]),
      none,
    );
    expect(nodes.map(({ kind }) => kind)).toEqual(["service", "pod", "address"]);
    expect(edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "service:shop/web pod:shop/web-1",
      "service:shop/web pod:10.0.0.9",
    ]);
    expect(entries).toEqual([{ to: "service:shop/web", rates: ["outside>service:shop/web"] }]);
  });

  test("has many pods of a Service in one box, which shows what goes to all of them", () => {
    const ids = Array.from({ length: 7 }, (_, index) => `shop/web-${index}`);
    const region = { namespace: "shop", services: [service("shop/web", ids)] };
    const { nodes, edges } = graphOf(region, world(ids), none);
    expect(nodes.map(({ kind }) => kind)).toEqual(["service", "pods"]);
    expect(edges[0]?.rates).toHaveLength(7);
  });

  test("has Services in one column, whether or not a route leads to them", () => {
    const route = {
      ...{ id: "Ingress shop/front", kind: "Ingress", namespace: "shop", name: "front" },
      ...{ hosts: ["shop.example.com"], services: ["shop/web"] },
    };
    const { nodes, edges } = graphOf(
      { namespace: "shop", services: [web, service("shop/api")] },
      world([], new Map([[route.id, route]])),
      none,
    );
    expect(nodes.filter(({ kind }) => kind === "spacer").map(({ id }) => id)).toEqual([
      "spacer:service:shop/api",
    ]);
    expect(edges.map(({ from, to }) => `${from} ${to}`)).toContain(
      "route:Ingress shop/front service:shop/web",
    );
  });

  test("leads from a pod to the Services and routes that it called", () => {
    const route = {
      ...{ id: "Ingress shop/front", kind: "Ingress", namespace: "shop", name: "front" },
      ...{ hosts: ["shop.example.com"], services: ["shop/api"] },
    };
    const called = ["service:shop/api", "route:Ingress shop/front"];
    const { edges } = graphOf(
      { namespace: "shop", services: [web, service("shop/api")] },
      world(["shop/web-1"], new Map([[route.id, route]])),
      new Set(called.flatMap((to) => [`pod:shop/web-1>${to}`, `pod:shop/gone>${to}`])),
    );
    const calls = edges.filter(({ from }) => from.startsWith("pod:"));
    expect(calls.map(({ from, to }) => `${from} ${to}`)).toEqual(
      called.map((to) => `pod:shop/web-1 ${to}`),
    );
  });
});
