import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import { createDns } from "../../src/dns/dns.ts";
import { LoopbackMirror } from "../../src/net/loopback-mirror.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { createRoutesController } from "../../src/routes/controller.ts";
import { hostAddresses } from "../../src/routes/host-addresses.ts";
import { RoutingPlan } from "../../src/routes/routing-plan.ts";
import { Store } from "../../src/store/store.ts";
import { shopGateway } from "../support/shop-gateway.ts";

const GROUP = "gateway.networking.k8s.io/v1";

const route = (name: string, parent: string, ...hostnames: string[]): KubernetesObject => ({
  apiVersion: GROUP,
  kind: "HTTPRoute",
  metadata: { namespace: "shop", name },
  spec: { parentRefs: [{ name: parent }], hostnames, rules: [{}] },
});

const ingress = (host: string): KubernetesObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { namespace: "shop", name: "i" },
  spec: {
    rules: [
      {
        host,
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
});

function world(...objects: KubernetesObject[]) {
  const plan = new RoutingPlan();
  const store = new Store({
    controllers: [...standardControllers(), createRoutesController(plan)],
  });
  store.apply(objects.map((object) => ({ op: "put", object })));
  const hosts = (name: string) => hostAddresses(plan.current, store, name);
  const addressOf = (name: string) =>
    store.get("Service", name === "ingress" ? "kubelane-system" : "shop", name)?.status
      ?.loadBalancer?.ingress?.[0]?.ip;
  const answer = (name: string, type = "A", view: "cluster" | "local" = "cluster") => {
    const { rcode, answers } = createDns({ store, hosts, view }).resolve(name, type);
    return answers.length === 0 ? rcode : answers.map(({ data }) => data);
  };
  return { store, answer, addressOf };
}

describe("DNS with the hosts of routes", () => {
  const { store, answer, addressOf } = world(
    shopGateway("a"),
    shopGateway("b"),
    route("exact", "a", "shop.example.com"),
    route("wild", "b", "*.example.com"),
    route("any", "b"),
    ingress("shop.example.org"),
  );

  it.each([
    ["shop.example.com", "a-any"],
    ["SHOP.example.com.", "a-any"],
    ["x.y.example.com", "b-any"],
    ["shop.example.org", "ingress"],
  ])("leads %s to the address of %s", (name, service) => {
    expect(addressOf(service)).toMatch(/^10\./);
    expect(answer(name)).toEqual([addressOf(service)]);
  });

  it("says where this machine reaches it", () => {
    const local = LoopbackMirror.numbered(0).addressOf(addressOf("a-any") as string);
    expect(answer("shop.example.com", "A", "local")).toEqual([local]);
  });

  it("has no other records for them, and nothing for names that no route has", () => {
    expect(answer("shop.example.com", "AAAA")).toBe("NOERROR");
    expect(answer("shop.example.com", "TYPE65")).toBe("NOERROR");
    expect(answer("example.net")).toBe("SERVFAIL");
    expect(answer("example.com")).toBe("SERVFAIL");
  });

  it("forgets a host with its route", () => {
    const kind = "HTTPRoute.gateway.networking.k8s.io";
    store.apply([{ op: "delete", key: { kind, namespace: "shop", name: "exact" } }]);
    expect(answer("shop.example.com")).toEqual([addressOf("b-any")]);
  });
});
