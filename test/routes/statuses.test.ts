import { describe, expect, test } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { Condition } from "../../src/objects/gateway.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { createRoutesController } from "../../src/routes/controller.ts";
import { RoutingPlan } from "../../src/routes/routing-plan.ts";
import { Store } from "../../src/store/store.ts";

const GROUP = "gateway.networking.k8s.io";
type Spec = Record<string, unknown>;

/** What statuses of several kinds have. */
interface Told {
  readonly conditions: readonly Condition[];
  readonly addresses: readonly unknown[];
  readonly listeners: readonly { conditions: Condition[]; attachedRoutes: number }[];
  readonly parents: readonly { conditions: Condition[] }[];
  readonly attachedListenerSets: number;
}

function cluster() {
  const plan = new RoutingPlan();
  const store = new Store({
    controllers: [...standardControllers(), createRoutesController(plan)],
    now: () => new Date("2026-01-01T00:00:00Z"),
  });
  const put = (...objects: KubernetesObject[]) =>
    store.apply(objects.map((object) => ({ op: "put", object })));
  const status = (kind: string, name: string, namespace = "shop") =>
    store.get(`${kind}.${GROUP}`, namespace, name)?.status as Told | undefined;
  return { plan, store, put, status };
}

function object(kind: string, name: string, spec: Spec, namespace = "shop"): KubernetesObject {
  return { apiVersion: `${GROUP}/v1`, kind, metadata: { namespace, name }, spec };
}

const http = (more: Spec = {}) => ({ name: "http", port: 80, protocol: "HTTP", ...more });

function gateway(listeners: Spec[], more: Spec = {}): KubernetesObject {
  return object("Gateway", "gw", { gatewayClassName: "any", listeners, ...more });
}

function service(name = "web", namespace = "shop"): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name },
    spec: { ports: [{ port: 80 }] },
  };
}

/** `Accepted=True Accepted`, for each. */
function said(conditions: readonly Condition[] | undefined): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`).sort();
}

describe("a Gateway (A.3)", () => {
  test("gets a Service, by which it has its address, and both go together", () => {
    const { put, status, store } = cluster();
    put(gateway([http()], { infrastructure: { labels: { a: "b" }, annotations: { c: "d" } } }));
    const its = store.get("Service", "shop", "gw-any");
    const [ingress] = its?.status?.loadBalancer?.ingress ?? [];
    expect(status("Gateway", "gw")?.addresses).toEqual([{ type: "IPAddress", value: ingress?.ip }]);
    expect(its?.metadata.labels).toMatchObject({ a: "b", [`${GROUP}/gateway-name`]: "gw" });
    expect(its?.metadata.annotations).toMatchObject({ c: "d" });
    expect(said(status("Gateway", "gw")?.conditions)).toEqual([
      "Accepted=True Accepted",
      "Programmed=True Programmed",
    ]);
    const { resourceVersion } = store;
    store.apply([{ op: "touch", key: { kind: "Service", namespace: "shop", name: "gw-any" } }]);
    expect(store.resourceVersion).toBe(resourceVersion);
    store.apply([
      { op: "delete", key: { kind: `Gateway.${GROUP}`, namespace: "shop", name: "gw" } },
    ]);
    expect(store.get("Service", "shop", "gw-any")).toBeUndefined();
  });

  test("asks for an address of its own", () => {
    const { put, status } = cluster();
    put(gateway([http()], { addresses: [{ value: "10.112.0.9" }] }));
    expect(status("Gateway", "gw")?.addresses).toEqual([
      { type: "IPAddress", value: "10.112.0.9" },
    ]);
  });

  test.each<[string, Spec, string[]]>([
    [
      "an address of another kind",
      { addresses: [{ type: "Hostname", value: "a.b" }] },
      ["Accepted=False UnsupportedAddress", "Programmed=False Invalid"],
    ],
    [
      "an address that is not to be had",
      { addresses: [{ value: "192.0.2.1" }] },
      ["Accepted=True Accepted", "Programmed=False AddressNotUsable"],
    ],
    [
      "parameters",
      { infrastructure: { parametersRef: { group: "x", kind: "Y", name: "z" } } },
      ["Accepted=False InvalidParameters", "Programmed=False Invalid"],
    ],
    [
      "a certificate for backends that is none",
      { tls: { backend: { clientCertificateRef: { name: "none" } } } },
      [
        "Accepted=True Accepted",
        "Programmed=True Programmed",
        "ResolvedRefs=False InvalidClientCertificateRef",
      ],
    ],
  ])("with %s says so", (_what, more, expected) => {
    const { put, status } = cluster();
    put(gateway([http()], more));
    expect(said(status("Gateway", "gw")?.conditions)).toEqual(expected);
  });

  test.each<[string, Spec[], string, string[]]>([
    [
      "one",
      [http()],
      "Accepted=True Accepted",
      ["Accepted", "NoConflicts", "Programmed", "ResolvedRefs"],
    ],
    [
      "an unknown protocol",
      [http({ protocol: "NONE" })],
      "Accepted=False ListenersNotValid",
      ["UnsupportedProtocol", "Invalid", "ResolvedRefs"],
    ],
    [
      "one of two valid",
      [http({ protocol: "NONE" }), http({ name: "b", port: 81 })],
      "Accepted=True ListenersNotValid",
      ["UnsupportedProtocol", "Invalid", "ResolvedRefs"],
    ],
    [
      "a kind of route that is none",
      [http({ allowedRoutes: { kinds: [{ kind: "X" }] } })],
      "Accepted=True Accepted",
      ["Accepted", "NoConflicts", "Invalid", "InvalidRouteKinds"],
    ],
    [
      "no certificate",
      [http({ protocol: "HTTPS" })],
      "Accepted=True Accepted",
      ["Accepted", "NoConflicts", "Invalid", "InvalidCertificateRef"],
    ],
    [
      "two of a host",
      [http(), http({ name: "b" })],
      "Accepted=False ListenersNotValid",
      ["HostnameConflict", "HostnameConflict", "HostnameConflict", "ResolvedRefs"],
    ],
    [
      "two hosts",
      [http({ hostname: "a.b" }), http({ name: "b" })],
      "Accepted=True Accepted",
      ["Accepted", "NoConflicts", "Programmed", "ResolvedRefs"],
    ],
    [
      "two protocols at a port",
      [http(), http({ name: "b", protocol: "TCP" })],
      "Accepted=False ListenersNotValid",
      ["ProtocolConflict", "ProtocolConflict", "ProtocolConflict", "ResolvedRefs"],
    ],
    [
      "TCP and UDP at a port",
      [http({ protocol: "UDP" }), http({ name: "b", protocol: "TCP" })],
      "Accepted=True Accepted",
      ["Accepted", "NoConflicts", "Programmed", "ResolvedRefs"],
    ],
  ])("with %s as listeners", (_what, listeners, accepted, first) => {
    const { put, status } = cluster();
    put(gateway(listeners));
    const { conditions, listeners: told = [] } = status("Gateway", "gw") ?? {};
    expect(said(conditions)[0]).toBe(accepted);
    const reasons = told[0]?.conditions.map(({ reason }) => reason) ?? [];
    expect([...reasons].sort()).toEqual([...first].sort());
  });
});

describe("a route", () => {
  const to = (ref: Spec, more: Spec = {}) =>
    object("HTTPRoute", "r", {
      parentRefs: [{ name: "gw", ...ref }],
      rules: [{ backendRefs: [{ name: "web", port: 80 }] }],
      ...more,
    });
  const other = (more: Spec) => ({
    rules: [{ backendRefs: [{ name: "web", port: 80, ...more }] }],
  });

  test.each<[string, Spec, KubernetesObject, string[], number]>([
    ["attaches", {}, to({}), ["Accepted", "ResolvedRefs"], 1],
    ["to a section", {}, to({ sectionName: "http" }), ["Accepted", "ResolvedRefs"], 1],
    [
      "to a section that is none",
      {},
      to({ sectionName: "x" }),
      ["NoMatchingParent", "ResolvedRefs"],
      0,
    ],
    ["to a port that is none", {}, to({ port: 81 }), ["NoMatchingParent", "ResolvedRefs"], 0],
    [
      "of another namespace",
      {
        allowedRoutes: { namespaces: { from: "Selector", selector: { matchLabels: { a: "b" } } } },
      },
      to({}),
      ["NotAllowedByListeners", "ResolvedRefs"],
      0,
    ],
    [
      "of a selected namespace",
      {
        allowedRoutes: {
          namespaces: {
            from: "Selector",
            selector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
          },
        },
      },
      to({}),
      ["Accepted", "ResolvedRefs"],
      1,
    ],
    [
      "of a kind that is not asked for",
      { allowedRoutes: { kinds: [{ kind: "GRPCRoute" }] } },
      to({}),
      ["NotAllowedByListeners", "ResolvedRefs"],
      0,
    ],
    [
      "of another host",
      { hostname: "a.example" },
      to({}, { hostnames: ["b.example"] }),
      ["NoMatchingListenerHostname", "ResolvedRefs"],
      0,
    ],
    [
      "of a host below a wildcard",
      { hostname: "*.example" },
      to({}, { hostnames: ["b.example"] }),
      ["Accepted", "ResolvedRefs"],
      1,
    ],
    ["to no Service", {}, to({}, other({ name: "x" })), ["Accepted", "BackendNotFound"], 1],
    ["to no kind of backend", {}, to({}, other({ kind: "X" })), ["Accepted", "InvalidKind"], 1],
    [
      "to another namespace",
      {},
      to({}, other({ namespace: "other" })),
      ["Accepted", "RefNotPermitted"],
      1,
    ],
  ])("%s", (_what, listener, route, expected, attached) => {
    const { put, status } = cluster();
    put(service(), service("web", "other"), gateway([http(listener)]), route);
    const [parent] = status("HTTPRoute", "r")?.parents ?? [];
    expect(parent?.conditions.map(({ reason }) => reason)).toEqual(expected);
    const [told] = status("Gateway", "gw")?.listeners ?? [];
    expect(told?.attachedRoutes).toBe(attached);
  });

  test("may lead to another namespace by a ReferenceGrant there, and no longer when it goes", () => {
    const { put, status, store } = cluster();
    const reason = () => status("HTTPRoute", "r")?.parents[0]?.conditions[1]?.reason;
    const grant = object(
      "ReferenceGrant",
      "g",
      {
        from: [{ group: GROUP, kind: "HTTPRoute", namespace: "shop" }],
        to: [{ group: "", kind: "Service", name: "web" }],
      },
      "other",
    );
    put(service("web", "other"), gateway([http()]), to({}, other({ namespace: "other" })), grant);
    expect(reason()).toBe("ResolvedRefs");
    store.apply([
      { op: "delete", key: { kind: `ReferenceGrant.${GROUP}`, namespace: "other", name: "g" } },
    ]);
    expect(reason()).toBe("RefNotPermitted");
  });
});

describe("a ListenerSet", () => {
  const set = (name: string, listeners: Spec[]) =>
    object("ListenerSet", name, { parentRef: { name: "gw" }, listeners });
  const allowing = { allowedListeners: { namespaces: { from: "Same" } } };

  test.each<[string, Spec, Spec, string[], number]>([
    [
      "is let in",
      allowing,
      http({ name: "a", port: 81 }),
      ["Accepted=True Accepted", "Programmed=True Programmed"],
      1,
    ],
    [
      "is not, unless it is said",
      {},
      http({ name: "a", port: 81 }),
      ["Accepted=False NotAllowed", "Programmed=False NotAllowed"],
      0,
    ],
    [
      "has no place of the Gateway's",
      allowing,
      http({ name: "a" }),
      ["Accepted=False ListenersNotValid", "Programmed=False ListenersNotValid"],
      0,
    ],
  ])("%s", (_what, more, listener, expected, attached) => {
    const { put, status } = cluster();
    put(gateway([http()], more), set("s", [listener]));
    expect(said(status("ListenerSet", "s")?.conditions)).toEqual(expected);
    expect(status("Gateway", "gw")?.attachedListenerSets).toBe(attached);
  });

  test("keeps a listener whose sibling has no place", () => {
    const { put, status } = cluster();
    const own = http({ name: "own", hostname: "own.example" });
    put(
      gateway([http({ hostname: "gw.example" })], allowing),
      set("s", [http({ name: "tcp", protocol: "TCP" }), own]),
    );
    const reasons = status("ListenerSet", "s")?.listeners.map(({ conditions }) =>
      conditions.find(({ type }) => type === "Accepted"),
    );
    expect(reasons?.map((each) => each?.reason)).toEqual(["ProtocolConflict", "Accepted"]);
  });

  test("is not valid with a certificate that nobody granted", () => {
    const { put, status } = cluster();
    const tls = { certificateRefs: [{ name: "c", namespace: "other" }] };
    put(
      gateway([http()], allowing),
      set("s", [http({ name: "b", port: 443, protocol: "HTTPS", tls })]),
    );
    expect(said(status("ListenerSet", "s")?.conditions)[0]).toBe(
      "Accepted=False ListenersNotValid",
    );
  });
});

test("an Ingress has the address of the Service of all Ingresses, which goes with the last", () => {
  const { put, store } = cluster();
  put({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { namespace: "shop", name: "i" },
    spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } },
  });
  const service = store.get("Service", "kubelane-system", "ingress");
  const [ingress] = service?.status?.loadBalancer?.ingress ?? [];
  const key = { kind: "Ingress.networking.k8s.io", namespace: "shop", name: "i" };
  expect(ingress?.ip).toMatch(/^10\.112\.0\./);
  expect(store.get("Ingress.networking.k8s.io", "shop", "i")?.status).toEqual({
    loadBalancer: { ingress: [{ ip: ingress?.ip }] },
  });
  store.apply([{ op: "delete", key }]);
  expect(store.get("Service", "kubelane-system", "ingress")).toBeUndefined();
});

test("a GatewayClass of ours is accepted, with what is done", () => {
  const { put, store } = cluster();
  put({
    apiVersion: `${GROUP}/v1`,
    kind: "GatewayClass",
    metadata: { name: "kubelane" },
    spec: { controllerName: "kubelane.dev/gateway-controller" },
  });
  const status = store.get(`GatewayClass.${GROUP}`, "", "kubelane")?.status;
  expect(said(status?.conditions)).toContain("Accepted=True Accepted");
  expect(status?.supportedFeatures).toContainEqual({ name: "HTTPRouteCORS" });
});

describe("a route with a rule that has an expression that is none", () => {
  const odd = { matches: [{ path: { type: "RegularExpression", value: "(" } }] };
  const route = (kind: string, ...rules: Spec[]) =>
    object(kind, "r", { parentRefs: [{ name: "gw" }], rules });
  const reasons = (kind: string, ...rules: Spec[]) => {
    const { put, status } = cluster();
    put(gateway([http()]), route(kind, ...rules));
    return said(status(kind, "r")?.parents[0]?.conditions);
  };

  test("has that rule dropped, and is told so until it is right", () => {
    const { put, status } = cluster();
    put(gateway([http()]), route("HTTPRoute", odd, {}));
    expect(said(status("HTTPRoute", "r")?.parents[0]?.conditions)).toEqual([
      "Accepted=True Accepted",
      "PartiallyInvalid=True UnsupportedValue",
      "ResolvedRefs=True ResolvedRefs",
    ]);
    put(route("HTTPRoute", {}));
    expect(said(status("HTTPRoute", "r")?.parents[0]?.conditions)).toEqual([
      "Accepted=True Accepted",
      "ResolvedRefs=True ResolvedRefs",
    ]);
  });

  test.each([
    ["HTTPRoute", odd],
    ["GRPCRoute", { matches: [{ method: { type: "RegularExpression", service: "(" } }] }],
  ])("a %s without another rule is not accepted", (kind, rule) => {
    expect(reasons(kind, rule)).toContain("Accepted=False UnsupportedValue");
  });
});
