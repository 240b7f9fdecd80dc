import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/index.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { othersClasses } from "../../src/routes/served-classes.ts";
import { translate } from "../../src/routes/translate.ts";

const GROUP = "gateway.networking.k8s.io/v1";

const gateway = (name: string, gatewayClassName: string): KubernetesObject => ({
  apiVersion: GROUP,
  kind: "Gateway",
  metadata: { namespace: "shop", name },
  spec: { gatewayClassName, listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
});

const route = (name: string, ...parents: string[]): KubernetesObject => ({
  apiVersion: GROUP,
  kind: "HTTPRoute",
  metadata: { namespace: "shop", name },
  spec: {
    parentRefs: parents.map((parent) => ({ name: parent })),
    hostnames: [`${name}.example.com`],
    rules: [{ backendRefs: [{ name: "web", port: 80 }] }],
  },
});

const ingress = (name: string, more: object, annotations = {}): KubernetesObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { namespace: "shop", name, annotations },
  spec: {
    ...more,
    rules: [
      {
        host: `${name}.example.com`,
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

const OBJECTS: readonly KubernetesObject[] = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "shop", name: "web" },
    spec: { ports: [{ port: 80 }] },
  },
  gateway("inner", "eg"),
  gateway("outer", "cloud"),
  route("inner", "inner"),
  route("outer", "outer"),
  route("both", "inner", "outer"),
  ingress("nginx", { ingressClassName: "nginx" }),
  ingress("old", {}, { "kubernetes.io/ingress.class": "nginx" }),
  ingress("traefik", { ingressClassName: "traefik" }),
  ingress("classless", {}),
];

async function served(routeClasses?: readonly string[], ...more: readonly KubernetesObject[]) {
  const engine = createEngine({ ...(routeClasses && { routeClasses }) });
  await engine.load([...OBJECTS, ...more]);
  const { store } = engine;
  const { everything, faults } = translate(store, routeClasses);
  const names = ["inner", "outer", "both", "nginx", "old", "traefik", "classless"];
  const of = (kind: string, name: string) =>
    store.get(kind, "shop", name)?.["status"] as
      | { readonly parents?: readonly { readonly parentRef: { readonly name: string } }[] }
      | undefined;
  const found = {
    hosts: names.filter((name) => everything.knowsHost(`${name}.example.com`)),
    gateways: ["inner", "outer"].filter((name) => of(`Gateway.${GROUP.slice(0, -3)}`, name)),
    services: store
      .list("Service", { namespace: "shop" })
      .map(({ metadata }) => metadata.name)
      .sort(),
    ingresses: names.filter((name) => of("Ingress.networking.k8s.io", name) !== undefined),
    parents: of(`HTTPRoute.${GROUP.slice(0, -3)}`, "both")?.parents?.map(
      (each) => each.parentRef.name,
    ),
    others: othersClasses(store, routeClasses),
    faults: faults.map(({ message }) => message),
  };
  await engine.close();
  return found;
}

describe("the classes that are served", () => {
  test("all, without a word, and those of others are known", async () => {
    expect(await served()).toEqual({
      hosts: ["inner", "outer", "both", "nginx", "old", "traefik", "classless"],
      gateways: ["inner", "outer"],
      services: ["inner-eg", "outer-cloud", "web"],
      ingresses: ["nginx", "old", "traefik", "classless"],
      parents: ["inner", "outer"],
      others: ["cloud", "eg", "nginx", "traefik"],
      faults: [],
    });
  });

  test("those that are named: others have no address, no status, and no fault either", async () => {
    expect(await served(["eg", "nginx"])).toEqual({
      hosts: ["inner", "both", "nginx", "old"],
      gateways: ["inner"],
      services: ["inner-eg", "web"],
      ingresses: ["nginx", "old"],
      parents: ["inner"],
      others: ["eg", "nginx"],
      faults: [],
    });
  });

  test("an Ingress without a class has the default one", async () => {
    const byDefault = {
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: {
        name: "traefik",
        annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
      },
      spec: { controller: "traefik.io/ingress-controller" },
    } as KubernetesObject;
    expect((await served(["traefik"], byDefault)).hosts).toEqual(["traefik", "classless"]);
  });

  test("a class of ours is nobody else's", async () => {
    const own = {
      apiVersion: GROUP,
      kind: "GatewayClass",
      metadata: { name: "eg" },
      spec: { controllerName: "kubelane.dev/gateway-controller" },
    } as KubernetesObject;
    expect((await served(undefined, own)).others).toEqual(["cloud", "nginx", "traefik"]);
  });
});
