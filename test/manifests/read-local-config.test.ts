import { describe, expect, test } from "vitest";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { FALLBACKS } from "../../src/manifests/settings/table.ts";

const read = (text: string) => readLocalConfig(text, "/home/me/app/kubelane.yaml", "kubelane.yaml");

const told = (text: string): string[] =>
  read(text).diagnostics.map(
    ({ rule, position, hint }) =>
      `${rule} ${position?.line}:${position?.column}${hint === undefined ? "" : ` ${hint}`}`,
  );

test("a full config becomes entries with absolute paths and positions", () => {
  const { config, diagnostics } = read(`manifests: [k8s/, ../shared/*.yaml]
run:
  deploy/api: { command: [node, server.js, $PORT], cwd: ./api, env: { A: "1" }, envFile: .env }
  shop/sts/db:
    command: postgres -p $PORT
    replicas: 1
    container: db
  -l app in (a, b):
    command: [a]
    namespace: shop
  cj/nightly: npm run nightly
attach:
  deploy/web: [127.0.0.1:3000, "[::1]:3001", localhost:3002, 3003]
  po/one: 3004
nodes:
  - { name: a, zone: eu-1 }
  - name: b
    labels: { disk: ssd }
backOff: { base: 0.5, cap: 20 }
environment: { serviceLinks: false, proxy: false, ports: true }
gateway: { page: off, classes: [nginx] }
`);
  expect(diagnostics).toEqual([]);
  const at = (line: number, column = 3) => ({ file: "kubelane.yaml", line, column });
  expect(config?.values.run[2]?.target).toHaveProperty("namespace", "shop");
  expect(config?.file).toBe("/home/me/app/kubelane.yaml");
  expect(JSON.parse(JSON.stringify(config?.values))).toEqual({
    ...JSON.parse(JSON.stringify(FALLBACKS)),
    manifests: ["/home/me/app/k8s", "/home/me/shared/*.yaml"],
    run: [
      {
        target: { kind: "Deployment.apps", name: "api" },
        command: ["node", "server.js", "$PORT"],
        cwd: "/home/me/app/api",
        env: { A: "1" },
        envFile: "/home/me/app/.env",
        position: at(3),
      },
      {
        target: { namespace: "shop", kind: "StatefulSet.apps", name: "db" },
        command: "postgres -p $PORT",
        cwd: "/home/me/app",
        env: {},
        replicas: 1,
        container: "db",
        position: at(4),
      },
      {
        target: { namespace: "shop", selector: "app in (a,b)" },
        command: ["a"],
        cwd: "/home/me/app",
        env: {},
        position: at(8),
      },
      {
        target: { kind: "CronJob.batch", name: "nightly" },
        command: "npm run nightly",
        cwd: "/home/me/app",
        env: {},
        position: at(11),
      },
    ],
    attach: [
      {
        target: { kind: "Deployment.apps", name: "web" },
        addresses: [
          { host: "127.0.0.1", port: 3000 },
          { host: "::1", port: 3001 },
          { host: "localhost", port: 3002 },
          { host: "127.0.0.1", port: 3003 },
        ],
        position: at(13),
      },
      {
        target: { kind: "Pod", name: "one" },
        addresses: [{ host: "127.0.0.1", port: 3004 }],
        position: at(14),
      },
    ],
    "gateway.page": false,
    "gateway.classes": ["nginx"],
    images: [],
    nodes: [
      { name: "a", zone: "eu-1", labels: {}, position: at(16, 5) },
      { name: "b", labels: { disk: "ssd" }, position: at(17, 5) },
    ],
    "backOff.base": 500,
    "backOff.cap": 20_000,
    "environment.serviceLinks": false,
    "environment.proxy": false,
  });
});

test("an API server is an address and a port", () => {
  const { config, diagnostics } = read("apiServer: localhost:6443\n");
  expect(diagnostics).toEqual([]);
  expect(config?.values.apiServer).toBe("localhost:6443");
});

test("several containers of a pod are a list of entries", () => {
  const { config, diagnostics } = read(`run:
  deploy/api:
    - { container: web, command: [node, web.js] }
    - { container: cache, command: [node, cache.js] }
    - { container: true, env: { A: b } }
`);
  expect(diagnostics).toEqual([]);
  expect(config?.values.run).toMatchObject([
    { container: "web", command: ["node", "web.js"] },
    { container: "cache", command: ["node", "cache.js"] },
    { ownImage: true, env: { A: "b" } },
  ]);
});

test("off is a word of those that choose among words, as YAML reads it", () => {
  const { config, diagnostics } = read("accessLog: off\ncontainers: off\n");
  expect(diagnostics).toEqual([]);
  expect(config?.values).toMatchObject({ accessLog: "off", containers: "off" });
  expect(read("policy: off\n").diagnostics).toMatchObject([{ severity: "error" }]);
});

test.each([
  ["{ container: true, command: psql }", "a container runs the command of its image"],
  ["{ container: true, cwd: . }", 'there is no "cwd" here'],
  ["{ container: off }", "there is no command to run"],
])("a container of its own image has no process: %s", (entry, message) => {
  const { diagnostics } = read(`run: { sts/db: ${entry} }`);
  expect(diagnostics.map((each) => each.message).join()).toContain(message);
});

test("what stands for images is written as in a run entry", () => {
  const { config, diagnostics } = read(`images:
  "registry.test/echo-*": ./echo
  postgres: { command: [pg, -D, data], cwd: db, env: { A: b }, envFile: .env }
`);
  expect(diagnostics).toEqual([]);
  expect(config?.values.images.map(({ position, ...entry }) => [entry, position.line])).toEqual([
    [{ pattern: "registry.test/echo-*", command: "./echo", cwd: "/home/me/app", env: {} }, 2],
    [
      {
        pattern: "postgres",
        command: ["pg", "-D", "data"],
        cwd: "/home/me/app/db",
        env: { A: "b" },
        envFile: "/home/me/app/.env",
      },
      3,
    ],
  ]);
});

test("stubs are targets, all pods of a namespace, or all there are", () => {
  const { config, diagnostics } = read(`stub:
  - deploy/payments
  - shop/*
  - "*"
`);
  expect(diagnostics).toEqual([]);
  expect(config?.values.stub).toMatchObject([
    { target: { kind: "Deployment.apps", name: "payments" }, position: { line: 2, column: 5 } },
    { target: { namespace: "shop" }, position: { line: 3 } },
    { position: { line: 4 } },
  ]);
  expect(config?.values.stub.map(({ target }) => target && "selector" in target)).toEqual([
    false,
    true,
    undefined,
  ]);
});

test.each([
  ["stub: deploy/web", "config-type 1:7 expected a list of strings"],
  [
    "stub: [web]",
    "config-target 1:8 write deploy/web, shop/deploy/web with a namespace, or -l app=web for pods by label",
  ],
  ["stub: [Shop/*]", /config-target 1:8 .*lower-case/],
  ["stub: [deploymnt/web]", "config-target 1:8 did you mean deploy?"],
] as const)("%s is told", (text, expected) => {
  const { config, diagnostics } = read(text);
  expect(config).toBeUndefined();
  const [{ rule = "", message = "", hint, position } = {}] = diagnostics;
  expect(`${rule} ${position?.line}:${position?.column} ${hint ?? message}`).toMatch(expected);
});

test.each([
  ["images: [web]", "config-type 1:9 expected a mapping"],
  [
    "images: { web: { command: a, replicas: 2 } }",
    "config-key 1:30 there are command, cwd, env, envFile, register",
  ],
  ["run: { deploy/a: { command: a, register: no way } }", "config-type 1:42 write register: off"],
  ["images: { web: }", "config-type 1:11 expected a mapping"],
  [
    "images: { web: [] }",
    "config-command 1:16 write command: [node, server.js], or a line for the shell",
  ],
  ["apiServer: 6443", 'config-type 1:12 put it in quotes: "6443"'],
  ["apiServer: '6443'", "config-address 1:12 write 127.0.0.1:6443, or [fd00::1]:6443"],
  ["apiServer: 'https://api:6443'", "config-address 1:12 write 127.0.0.1:6443, or [fd00::1]:6443"],
  ["backOff: 5", "config-type 1:10 expected a mapping"],
  ["backOff: { cap: -1 }", "config-type 1:17 expected a number of seconds"],
  ["environment: { ports: often }", "config-type 1:23 write ports: off"],
  ["environment: { prots: false }", "config-key 1:16 did you mean ports?"],
])("%s is told", (text, expected) => {
  const { config, diagnostics } = read(text);
  expect(config).toBeUndefined();
  const [{ rule = "", message = "", hint, position } = {}] = diagnostics;
  expect(`${rule} ${position?.line}:${position?.column} ${hint ?? message}`).toBe(expected);
});

test.each([
  ["nothing", ""],
  ["comments", "# nothing\n"],
  ["empty sections", "manifests:\nrun:\nattach: {}\nnodes: []\n"],
])("%s is a config without entries", (_, text) => {
  const { config, diagnostics } = read(text);
  expect(diagnostics).toEqual([]);
  expect(config?.values).toEqual(FALLBACKS);
});

describe("what is wrong is told with its place and the next step, and nothing of the config is used", () => {
  test.each([
    ["manifest: k8s\n", "config-key 1:1 did you mean manifests?"],
    [
      "colour: red\n",
      "config-key 1:1 there are manifests, run, attach, images, containers, stub, network, dataPlane, offline, expose, watchRestart, environment, backOff, dns, gateway, api, state, apiServer, cluster, clusterDomain, kubernetes, nodes, node, zone, policy, strict, relays, mirror, loadBalancerRange, admin, accessLog, log, quiet, allowMissing, timeout",
    ],
    ["manifests: { a: b }\n", "config-manifests 1:12 write { kustomize: overlays/dev }"],
    ["dns: { pods: all }\n", "config-type 1:14 write disabled, insecure or verified"],
    ["dns: { ttl: soon }\n", "config-type 1:13"],
    ["dns: { chache: 30 }\n", "config-key 1:8 did you mean cache?"],
    ["dns: { upstream: 192.0.2.53 }\n", "config-type 1:18"],
    ["network: container\n", "config-type 1:10 write pods, host or auto"],
    ["gateway: { classes: nginx }\n", "config-type 1:21 write classes: [nginx]"],
    ["gateway: { page: no such }\n", "config-type 1:18 write page: off"],
    ["cluster: { contexts: dev }\n", "config-key 1:12 did you mean context?"],
    ["cluster: { namespaces: [A_b] }\n", "config-type 1:25 write, for example, shop"],
    ["gateway: { pages: off }\n", "config-key 1:12 did you mean page?"],
    ["manifests: [k8s, 1]\n", 'config-type 1:18 put it in quotes: "1"'],
    ["- a\n", "config-type 1:1"],
    ["run: [a]\n", "config-type 1:6"],
    ["run: { deploy/web: { comand: a, command: b } }\n", "config-key 1:22 did you mean command?"],
    [
      "run: { deploy/web: {} }\n",
      "config-command 1:8 write command: [node, server.js], or a line for the shell",
    ],
    [
      "run: { deploy/web: { command: [] } }\n",
      "config-command 1:31 write command: [node, server.js], or a line for the shell",
    ],
    ["run: { deploy/web: { command: [a, 1] } }\n", 'config-type 1:35 put it in quotes: "1"'],
    [
      "run: { deploy/web: { command: a, env: { A: 1 } } }\n",
      'config-type 1:44 put it in quotes: "1"',
    ],
    ["run: { deploy/web: { command: a, replicas: -1 } }\n", "config-type 1:44"],
    ["run: { deploy/web: { command: a, cwd: [b] } }\n", "config-type 1:39"],
    ["run: { deploi/web: a }\n", "config-target 1:8 did you mean deploy?"],
    [
      "run: { web: a }\n",
      "config-target 1:8 write deploy/web, shop/deploy/web with a namespace, or -l app=web for pods by label",
    ],
    [
      "run: { svc/web: a }\n",
      "config-target 1:8 name a workload (po, rc, ds, deploy, rs, sts, cj, job) or select pods: -l app=web",
    ],
    ["run: { deploy/Web: a }\n", "config-target 1:8"],
    ["run: { Shop/deploy/web: a }\n", "config-target 1:8"],
    ["run: { '-l': a }\n", "config-target 1:8 write -l app=web"],
    ["run: { '-l app=(': a }\n", "config-target 1:8"],
    [
      "attach: { deploy/web: nowhere }\n",
      "config-address 1:23 write 127.0.0.1:3000, localhost:3000 or [::1]:3000",
    ],
    [
      "attach: { deploy/web: [127.0.0.1:3000, 127.0.0.1:70000] }\n",
      "config-address 1:40 write 127.0.0.1:3000, localhost:3000 or [::1]:3000",
    ],
    [
      "attach: { deploy/web: { adresses: [1], addresses: [3000] } }\n",
      "config-key 1:25 did you mean addresses?",
    ],
    ["nodes: { name: a }\n", 'config-type 1:8 begin each node with "- name:"'],
    ["nodes: [{ name: A }]\n", "config-node 1:17"],
    ["nodes: [{ name: a }, { name: a }]\n", "config-node 1:30"],
    ["nodes: [{ name: a, labels: { b: -c } }]\n", "config-node 1:33"],
    ["run: {\n", "yaml-syntax 2:1"],
    ["run: *a\n", "yaml-alias 1:6 write the anchor before the alias, or put the text in quotes"],
    ["\u0000", "not-text 1:1 only YAML and JSON can be loaded"],
  ])("%j", (text, expected) => {
    expect(told(text)).toEqual([expected]);
    expect(read(text).config).toBeUndefined();
  });
});

test("a duplicate key and a second document are warnings, and the config is used", () => {
  const { config, diagnostics } = read("manifests: a\nmanifests: b\n---\nrun: {}\n");
  expect(diagnostics.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual([
    "duplicate-key warning",
    "config-documents warning",
  ]);
  expect(config?.values.manifests).toEqual(["/home/me/app/b"]);
});

test("an environment variable may have any name, __proto__ too", () => {
  const { config } = read("run: { deploy/a: { command: b, env: { __proto__: c } } }\n");
  expect(Object.entries(config?.values.run[0]?.env ?? {})).toEqual([["__proto__", "c"]]);
});

test("manifests may be what tools render; paths become absolute where they are paths", () => {
  const { config, diagnostics } = read(`manifests:
  - k8s
  - https://example.com/web.yaml
  - kustomize: overlays/dev
  - helm: ../chart
    release: shop
    namespace: web
    values: dev.yaml
    set: { replicas: 2 }
  - { helm: bitnami/redis }
`);
  expect(diagnostics).toEqual([]);
  const folder = "/home/me/app";
  expect(config?.values.manifests).toEqual([
    "/home/me/app/k8s",
    "https://example.com/web.yaml",
    { kustomize: "/home/me/app/overlays/dev" },
    {
      helm: "../chart",
      folder,
      release: "shop",
      namespace: "web",
      values: ["/home/me/app/dev.yaml"],
      set: { replicas: 2 },
    },
    { helm: "bitnami/redis", folder, values: [] },
  ]);
});

test.each([
  ["{ compose: compose.yaml }", "config-manifests 1:15"],
  ["{ kustomize: a, helm: b }", "config-manifests 1:13"],
  ["{ kustomise: a }", "config-manifests 1:13"],
  ["{ kustomize: a, values: b }", "config-key 1:29"],
  ["{ helm: a, set: 1 }", "config-type 1:29"],
  ["{ helm: 1 }", "config-type 1:21"],
])("manifests: [%s] is told as %s", (entry, expected) => {
  const [first = ""] = told(`manifests: [${entry}]`);
  expect(first.split(" ").slice(0, 2).join(" ")).toBe(expected);
});
