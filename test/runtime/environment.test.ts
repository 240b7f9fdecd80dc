import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Container } from "../../src/objects/pod.ts";
import {
  ALL_SOURCES,
  type EnvironmentInput,
  environmentOf,
} from "../../src/runtime/environment.ts";
import { Store } from "../../src/store/store.ts";

const object = (kind: string, name: string, rest: object): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "shop" },
  ...rest,
});

const store = new Store();
store.apply(
  [
    object("ConfigMap", "settings", {
      data: { COLOR: "blue", "bad=key": "x", "log.level": "info" },
    }),
    object("Secret", "keys", {
      data: { TOKEN: Buffer.from("s3cret").toString("base64") },
      stringData: { PASSWORD: "plain" },
    }),
    object("Service", "redis-master", {
      spec: {
        clusterIP: "10.96.0.20",
        ports: [
          { name: "redis", port: 6379 },
          { name: "m-1", port: 9121, protocol: "UDP" },
        ],
      },
    }),
    object("Service", "headless", { spec: { clusterIP: "None", ports: [{ port: 80 }] } }),
    {
      ...object("Service", "elsewhere", {
        spec: { clusterIP: "10.96.0.9", ports: [{ port: 80 }] },
      }),
      metadata: { name: "elsewhere", namespace: "other" },
    },
  ].map((each) => ({ op: "put", object: each })),
);

function environment(container: Partial<Container>, more: Partial<EnvironmentInput> = {}) {
  return environmentOf({
    pod: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "web-0",
        namespace: "shop",
        uid: "uid-1",
        labels: { app: "web", "a.b/c": "d" },
        annotations: { note: "hello" },
      },
      spec: { containers: [], serviceAccountName: "runner" },
    },
    container: { name: "main", ...container },
    podIP: "127.244.0.7",
    hostIP: "127.0.0.1",
    nodeName: "laptop",
    store,
    sources: { ...ALL_SOURCES, inherit: false, serviceLinks: false, podInfo: false },
    ports: new Map(),
    serviceAddress: (service, { port }) => ({
      host: service.spec.clusterIP?.replace("10.", "127.") ?? "",
      port: port < 1024 ? port + 8000 : port,
    }),
    inherited: {},
    extra: {},
    entry: {},
    ...more,
  });
}

const variables = (container: Partial<Container>, more: Partial<EnvironmentInput> = {}) => ({
  ...environment(container, more).variables,
});

describe("$(NAME) in env", () => {
  const cases: [string, string][] = [
    ["$(A)", "1"],
    ["x$(A)y$(B)z", "x1y12z"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(MISSING)", "$(MISSING)"],
    ["$(LATER)", "$(LATER)"],
    ["$A $B{A}", "$A $B{A}"],
    ["$(A", "$(A"],
    ["$", "$"],
    ["$()", "$()"],
    ["$(__proto__) $(constructor)", "$(__proto__) $(constructor)"],
  ];
  it.each(cases)("%s is %s", (value, expected) => {
    const env = [
      { name: "A", value: "1" },
      { name: "B", value: "$(A)2" },
      { name: "C", value },
      { name: "LATER", value: "x" },
    ];
    expect(variables({ env })["C"]).toBe(expected);
  });

  it("takes linear time on hostile text", () => {
    const value = "$(".repeat(200_000);
    expect(variables({ env: [{ name: "A", value }] })["A"]).toBe(value);
  });
});

describe("valueFrom", () => {
  const fields: [string, string][] = [
    ["metadata.name", "web-0"],
    ["metadata.namespace", "shop"],
    ["metadata.uid", "uid-1"],
    ["metadata.labels['app']", "web"],
    ["metadata.labels['a.b/c']", "d"],
    ["metadata.labels['none']", ""],
    ["metadata.labels['__proto__']", ""],
    ["metadata.annotations['note']", "hello"],
    ["spec.nodeName", "laptop"],
    ["spec.serviceAccountName", "runner"],
    ["status.hostIP", "127.0.0.1"],
    ["status.podIP", "127.244.0.7"],
    ["status.podIPs", "127.244.0.7"],
  ];
  it.each(fields)("fieldRef %s is %j", (fieldPath, expected) => {
    const env = [{ name: "X", valueFrom: { fieldRef: { fieldPath } } }];
    expect(variables({ env })["X"]).toBe(expected);
  });

  it.each([
    ["limits.cpu", "1", "2"],
    ["limits.cpu", "1m", "1500"],
    ["requests.cpu", "1m", "250"],
    ["limits.memory", "1Mi", "64"],
    ["requests.memory", "1", "67108864"],
  ])("resourceFieldRef %s by %s is %s", (resource, divisor, expected) => {
    const resources = { limits: { cpu: "1500m", memory: "64Mi" }, requests: { cpu: "0.25" } };
    const env = [{ name: "X", valueFrom: { resourceFieldRef: { resource, divisor } } }];
    expect(variables({ env, resources } as Partial<Container>)["X"]).toBe(expected);
  });

  it("reads ConfigMaps and Secrets", () => {
    const env = [
      { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "COLOR" } } },
      { name: "B", valueFrom: { secretKeyRef: { name: "keys", key: "TOKEN" } } },
      { name: "C", valueFrom: { secretKeyRef: { name: "keys", key: "PASSWORD" } } },
      { name: "D", valueFrom: { secretKeyRef: { name: "nope", key: "X", optional: true } } },
    ];
    expect(variables({ env })).toEqual({ A: "blue", B: "s3cret", C: "plain" });
  });

  it.each([
    [{ configMapKeyRef: { name: "nope", key: "X" } }, "env X: ConfigMap shop/nope not found"],
    [{ secretKeyRef: { name: "nope", key: "X" } }, "env X: Secret shop/nope not found"],
    [
      { configMapKeyRef: { name: "settings", key: "X" } },
      'env X: no key "X" in ConfigMap shop/settings',
    ],
    [
      { configMapKeyRef: { name: "settings", key: "__proto__" } },
      'env X: no key "__proto__" in ConfigMap shop/settings',
    ],
    [{ fieldRef: { fieldPath: "spec.nope" } }, 'env X: no pod has a field "spec.nope" to refer to'],
  ])("%j is a problem", (valueFrom, problem) => {
    const env = [{ name: "X", valueFrom }];
    expect(environment({ env }).problems).toEqual([problem]);
    expect(environment({ env }, { entry: { X: "given" } })).toMatchObject({
      problems: [],
      variables: { X: "given" },
    });
  });
});

describe("envFrom", () => {
  it("takes every key that can be a name, with its prefix, and env wins over it", () => {
    const container = {
      envFrom: [
        { configMapRef: { name: "settings" } },
        { prefix: "K_", secretRef: { name: "keys" } },
      ],
      env: [
        { name: "COLOR", value: "red" },
        { name: "ALL", value: "$(COLOR) $(K_TOKEN)" },
      ],
    };
    expect(variables(container)).toEqual({
      COLOR: "red",
      "log.level": "info",
      K_TOKEN: "s3cret",
      K_PASSWORD: "plain",
      ALL: "red s3cret",
    });
  });

  it("of something missing is a problem unless it is optional", () => {
    expect(environment({ envFrom: [{ configMapRef: { name: "nope" } }] }).problems).toEqual([
      "envFrom: ConfigMap shop/nope not found",
    ]);
    const optional = { configMapRef: { name: "nope", optional: true } };
    expect(environment({ envFrom: [optional] }).problems).toEqual([]);
  });
});

describe("service links", () => {
  const sources = { ...ALL_SOURCES, inherit: false, podInfo: false };

  it("are those of the pod's namespace, at the addresses this machine reaches", () => {
    expect(variables({}, { sources })).toEqual({
      REDIS_MASTER_SERVICE_HOST: "127.96.0.20",
      REDIS_MASTER_SERVICE_PORT: "6379",
      REDIS_MASTER_SERVICE_PORT_REDIS: "6379",
      REDIS_MASTER_SERVICE_PORT_M_1: "9121",
      REDIS_MASTER_PORT: "tcp://127.96.0.20:6379",
      REDIS_MASTER_PORT_6379_TCP: "tcp://127.96.0.20:6379",
      REDIS_MASTER_PORT_6379_TCP_PROTO: "tcp",
      REDIS_MASTER_PORT_6379_TCP_PORT: "6379",
      REDIS_MASTER_PORT_6379_TCP_ADDR: "127.96.0.20",
      REDIS_MASTER_PORT_9121_UDP: "udp://127.96.0.20:9121",
      REDIS_MASTER_PORT_9121_UDP_PROTO: "udp",
      REDIS_MASTER_PORT_9121_UDP_PORT: "9121",
      REDIS_MASTER_PORT_9121_UDP_ADDR: "127.96.0.20",
    });
  });

  it("can be referred to, and env wins over them", () => {
    const env = [
      { name: "URL", value: "redis://$(REDIS_MASTER_SERVICE_HOST):$(REDIS_MASTER_SERVICE_PORT)" },
      { name: "REDIS_MASTER_PORT", value: "mine" },
    ];
    expect(variables({ env }, { sources })).toMatchObject({
      URL: "redis://127.96.0.20:6379",
      REDIS_MASTER_PORT: "mine",
    });
  });

  it("name the API server to pods of every namespace, with enableServiceLinks: false too", () => {
    const cluster = new Store();
    const service = {
      ...object("Service", "kubernetes", {
        spec: { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443 }] },
      }),
      metadata: { name: "kubernetes", namespace: "default" },
    };
    cluster.apply([{ op: "put", object: service }]);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", namespace: "shop" },
      spec: { containers: [], enableServiceLinks: false },
    };
    const of = { store: cluster, pod };
    expect(variables({}, { ...of, sources })).toMatchObject({
      KUBERNETES_SERVICE_HOST: "127.96.0.1",
      KUBERNETES_SERVICE_PORT: "8443",
      KUBERNETES_SERVICE_PORT_HTTPS: "8443",
    });
    expect(variables({}, { ...of, sources: { ...sources, serviceLinks: false } })).toEqual({});
  });

  it("are left out with enableServiceLinks: false, and when turned off", () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", namespace: "shop" },
      spec: { containers: [], enableServiceLinks: false },
    };
    expect(variables({}, { sources, pod })).toEqual({});
    expect(variables({}, { sources: { ...sources, serviceLinks: false } })).toEqual({});
  });
});

describe("PORT", () => {
  const ports = new Map([
    [8080, 20_001],
    [9090, 20_002],
  ]);
  const container = {
    ports: [{ containerPort: 8080 }, { name: "web-metrics", containerPort: 9090 }],
    env: [
      { name: "PORT", value: "8080" },
      { name: "ADDR", value: ":$(PORT)" },
    ],
  };

  it("is the assigned one, whatever the template says, and can be referred to", () => {
    expect(variables(container, { ports })).toEqual({
      PORT: "20001",
      PORT_8080: "20001",
      PORT_9090: "20002",
      PORT_WEB_METRICS: "20002",
      ADDR: ":20001",
    });
  });

  it("yields to the entry's own, which may refer to all others", () => {
    const entry = { PORT: "3000", LISTEN: "127.0.0.1:$(PORT_9090)" };
    expect(variables(container, { ports, entry })).toMatchObject({
      PORT: "3000",
      LISTEN: "127.0.0.1:20002",
    });
  });

  it("can be turned off", () => {
    const sources = {
      ...ALL_SOURCES,
      inherit: false,
      serviceLinks: false,
      podInfo: false,
      ports: false,
    };
    expect(variables(container, { ports, sources })).toEqual({ PORT: "8080", ADDR: ":8080" });
  });
});

describe("each source", () => {
  const off = {
    inherit: false,
    serviceLinks: false,
    podInfo: false,
    ports: false,
    references: false,
    extra: false,
  };
  const input = {
    inherited: { PATH: "/bin", GONE: undefined },
    extra: { HTTP_PROXY: "http://127.0.0.1:8080" },
    ports: new Map([[80, 20_001]]),
  };
  const container = {
    ports: [{ containerPort: 80 }],
    envFrom: [{ configMapRef: { name: "settings" } }, { configMapRef: { name: "nope" } }],
  };
  it.each([
    ["inherit", { PATH: "/bin" }],
    [
      "podInfo",
      { HOSTNAME: "web-0", POD_NAME: "web-0", POD_NAMESPACE: "shop", POD_IP: "127.244.0.7" },
    ],
    ["ports", { PORT: "20001", PORT_80: "20001" }],
    ["references", { COLOR: "blue", "log.level": "info" }],
    ["extra", { HTTP_PROXY: "http://127.0.0.1:8080" }],
  ])("%s alone gives its variables and no others", (source, expected) => {
    expect(variables(container, { ...input, sources: { ...off, [source]: true } })).toEqual(
      expected,
    );
    expect(variables(container, { ...input, sources: off })).toEqual({});
  });
});
