import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, validateObject } from "../../src/objects/admit.ts";
import { RESOURCES } from "../../src/objects/resource.ts";

const service = (spec: object) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec,
});

const rules = (value: unknown): string[] =>
  validateObject(value).map(({ rule, path }) => `${rule} ${path.join(".")}`);

describe("what servers take", () => {
  const pod = (securityContext: object) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [{ name: "web", image: "web", securityContext }] },
  });

  test("a container with SYS_ADMIN may refuse to gain privileges; CAP_SYS_ADMIN may not", () => {
    const added = (name: string) =>
      rules(pod({ allowPrivilegeEscalation: false, capabilities: { add: [name] } }));
    expect(added("SYS_ADMIN")).toEqual([]);
    expect(added("CAP_SYS_ADMIN")).toEqual([
      "field-value spec.containers.0.securityContext.allowPrivilegeEscalation",
    ]);
  });

  test("what a status lacks is not missed: servers drop it from a new custom resource", () => {
    const route = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "web" },
      spec: {},
      status: { parents: [{ parentRef: { name: "a" } }] },
    };
    expect(rules(route)).toEqual([]);
    expect(rules({ ...route, spec: { parentRefs: [{}] } })).toEqual([
      "field-required spec.parentRefs.0.name",
    ]);
  });
});

describe("what is admitted", () => {
  test("an object without anything to say about stays the same object", () => {
    const object = service({
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ports: [{ port: 80, protocol: "TCP", targetPort: 8080 }],
      selector: { app: "web" },
    });
    expect(admit(object)).toEqual({ object, findings: [] });
    expect(admit(object).object).toBe(object);
  });

  test("nothing is changed in place", () => {
    const deepFreeze = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      Object.freeze(value);
      for (const item of Object.values(value)) deepFreeze(item);
    };
    const object = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", labels: { a: null }, uid: null },
      spec: { ports: [{ port: 80, name: null }], sessionAffinity: "", selector: null },
    };
    deepFreeze(object);
    expect(admit(object).object).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default", labels: { a: "" } },
      spec: {
        type: "ClusterIP",
        sessionAffinity: "None",
        internalTrafficPolicy: "Cluster",
        ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      },
    });
  });

  test("an EndpointSlice without endpoints has an empty list of them", () => {
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "a", labels: { "kubernetes.io/service-name": "a" } },
      addressType: "IPv4",
      endpoints: null,
      ports: null,
    };
    expect(admit(slice).object).toMatchObject({ endpoints: [] });
    expect(admit(slice).object).not.toHaveProperty("ports");
  });

  test("fields that we don't read may hold anything", () => {
    const object = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "a", namespace: "b", managedFields: [{ manager: "thing" }] },
      spec: { ports: "no list" },
      data: null,
    };
    expect(admit(object)).toEqual({ object, findings: [] });
  });

  test.each([
    [{ podSelector: {} }, []],
    [{ namespaceSelector: {} }, []],
    [{ podSelector: {}, namespaceSelector: {} }, []],
    [{ ipBlock: { cidr: "10.0.0.0/8" } }, []],
    [{}, ["network-policy-peer spec.ingress.0.from.0"]],
    [
      { podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } },
      ["network-policy-peer spec.ingress.0.from.0"],
    ],
  ])("of a NetworkPolicy's peers %j: a selector that is empty selects all", (peer, expected) => {
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "web", namespace: "shop" },
      spec: { podSelector: {}, ingress: [{ from: [peer] }] },
    };
    expect(rules(policy)).toEqual(expected);
  });

  test("a map with a key named __proto__ keeps it", () => {
    const data = JSON.parse('{"__proto__": null}') as Record<string, string>;
    const { object } = admit({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data,
    });
    expect(JSON.stringify(object)).toContain('"data":{"__proto__":""}');
  });
});

describe("what is refused or warned about", () => {
  test.each([
    ["text", ["not-an-object "]],
    [null, ["not-an-object "]],
    [[], ["not-an-object "]],
    [{}, ["api-version-required apiVersion", "kind-required kind", "name-required metadata.name"]],
    [
      { apiVersion: 1, kind: ["a"], metadata: "x" },
      [
        "api-version-required apiVersion",
        "kind-required kind",
        "field-type apiVersion",
        "field-type kind",
        "field-type metadata",
      ],
    ],
    [
      service({ ports: [{ port: 80 }, { port: 80 }] }),
      [
        "service-port-name spec.ports.0.name",
        "service-port-name spec.ports.1.name",
        "service-port-duplicate spec.ports.1.port",
      ],
    ],
    [service({ ports: { port: 80 } }), ["field-type spec.ports"]],
    [service({ ports: [80] }), ["field-type spec.ports.0"]],
    [service({ ports: [{ port: 80.5 }] }), ["field-type spec.ports.0.port"]],
    [service({ ports: [{ port: 80, targetPort: 1.5 }] }), ["field-type spec.ports.0.targetPort"]],
    [service({ ports: [{ port: 2 ** 40 }] }), ["field-value spec.ports.0.port"]],
    [
      service({ ports: [{ port: 80 }], publishNotReadyAddresses: "true" }),
      ["field-type spec.publishNotReadyAddresses"],
    ],
    [service({ ports: [{ port: 80 }], selector: { app: 1 } }), ["field-type spec.selector.app"]],
    [service({ clusterIP: "None" }), []],
    [
      service({ clusterIP: "None", type: "LoadBalancer", ports: [{ port: 80 }] }),
      ["service-cluster-ip spec.clusterIP"],
    ],
    [
      service({
        clusterIPs: ["10.0.0.1", "fd00::1"],
        clusterIP: "10.0.0.1",
        ports: [{ port: 80 }],
      }),
      ["service-cluster-refuses spec.clusterIPs"],
    ],
    [
      service({
        clusterIPs: ["10.0.0.1", "10.0.0.2"],
        clusterIP: "10.0.0.1",
        ipFamilyPolicy: "PreferDualStack",
        ports: [{ port: 80 }],
      }),
      ["service-cluster-ip spec.clusterIPs"],
    ],
    [service({ ports: [{ port: 80, targetPort: 0 }] }), []],
    [service({ ports: [{ port: 80, targetPort: "" }] }), []],
    [
      service({ clusterIPs: ["10.0.0.1"], ports: [{ port: 80 }] }),
      ["service-cluster-refuses spec.clusterIPs"],
    ],
    [
      service({ clusterIPs: ["10.0.0.1"], clusterIP: "10.0.0.2", ports: [{ port: 80 }] }),
      ["service-cluster-ip spec.clusterIPs.0"],
    ],
    [service({ type: "ExternalName", externalName: "db.example.com." }), []],
    [service({ type: "ExternalName" }), ["service-external-name spec.externalName"]],
    [
      service({ type: "ExternalName", externalName: "a", clusterIP: "10.0.0.1" }),
      ["service-cluster-ip spec.clusterIP"],
    ],
    [
      service({
        type: "NodePort",
        ports: [
          { port: 80, nodePort: 30080 },
          { port: 80, protocol: "UDP", name: "u", nodePort: 30080 },
        ],
      }),
      ["service-port-name spec.ports.0.name"],
    ],
    [
      service({
        type: "LoadBalancer",
        externalTrafficPolicy: "Local",
        healthCheckNodePort: 31000,
        ports: [{ port: 80 }],
      }),
      [],
    ],
    [
      service({ healthCheckNodePort: 31000, ports: [{ port: 80 }] }),
      ["service-type-field spec.healthCheckNodePort"],
    ],
    [
      service({
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "SingleStack",
        ports: [{ port: 80 }],
      }),
      ["service-ip-families spec.ipFamilies"],
    ],
    [
      service({ ports: [{ port: 80, targetPort: "a--b" }] }),
      ["service-target-port spec.ports.0.targetPort"],
    ],
    [service({ ports: [{ port: 80, targetPort: "http" }] }), []],
  ])("%j", (value, expected) => {
    expect(rules(value)).toEqual(expected);
  });

  test.each([
    ["rbac.authorization.k8s.io/v1", "Role", "system:node/x", ["name-format metadata.name"]],
    ["rbac.authorization.k8s.io/v1", "Role", "system:Node", []],
    ["v1", "Namespace", "kube-system", []],
    ["v1", "Namespace", "a.b", ["name-format metadata.name"]],
    ["v1", "ConfigMap", "a.b", []],
    ["v1", "ConfigMap", "x".repeat(254), ["name-format metadata.name"]],
    ["v1", "Pods", "a", ["kind-group kind"]],
    ["apps/v1", "Pod", "a", ["kind-group apiVersion"]],
    ["v1", "Widget", "a", ["kind-group kind"]],
    ["example.com/v1", "Widget", "a", []],
  ])("%s %s named %s", (apiVersion, kind, name, expected) => {
    expect(rules({ apiVersion, kind, metadata: { name } })).toEqual(expected);
  });
});

describe("properties", () => {
  const kinds = RESOURCES.filter(({ group }) =>
    ["", "apps", "batch", "networking.k8s.io"].includes(group),
  );
  const fields = [
    "spec",
    "status",
    "metadata",
    "labels",
    "template",
    "containers",
    "ports",
    "port",
    "selector",
    "matchLabels",
    "matchExpressions",
    "name",
    "endpoints",
    "addresses",
    "subsets",
    "data",
    "env",
    "jobTemplate",
    "conditions",
    "schedule",
    "affinity",
    "podAffinity",
    "ingress",
    "from",
    "rules",
    "podSelector",
    "topologySpreadConstraints",
    "strategy",
    "rollingUpdate",
    "type",
    "spec",
  ];
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<unknown>(null, "", "a", "None", 0, 80, -1, 1.5, true),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...fields), tie("json"), { maxKeys: 5 }),
    ),
  }));

  test("whatever an object holds, it is admitted or refused, never crashed on", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), json, json, ({ apiVersion, kind }, spec, rest) => {
        const more = typeof rest === "object" && !Array.isArray(rest) ? rest : {};
        const { object, findings } = admit({
          ...more,
          apiVersion,
          kind,
          metadata: { name: "a" },
          spec,
        });
        expect(object === undefined).toBe(
          findings.some(({ severity, usable }) => severity === "error" && usable !== true),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test("what was admitted once is admitted again as it is", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), json, ({ apiVersion, kind }, spec) => {
        const { object } = admit({ apiVersion, kind, metadata: { name: "a" }, spec });
        if (object !== undefined) expect(admit(object).object).toBe(object);
      }),
    );
  });
});
