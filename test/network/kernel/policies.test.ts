import { once } from "node:events";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Pod } from "../../../src/objects/pod.ts";
import type { NetworkPolicySpec } from "../../../src/objects/tables/kinds.ts";
import { refusalOf } from "../../../src/policies/decide.ts";
import { Store } from "../../../src/store/store.ts";
import { Commands } from "../../shell/inside.ts";
import { mayUnshare, publicPackage, USERS } from "../../shell/users.ts";
import { said } from "../../support/said.ts";
import { describeWith } from "../../support/tools.ts";
import { get } from "../../support/up.ts";

const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "nft"];

const PODS = { web: "shop", api: "shop", job: "other" } as const;
const PORTS = [8080, 9090];

const workload = (name: string, namespace: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: ${name}
          image: pod
          ports: [{ name: http, containerPort: 8080 }, { name: admin, containerPort: 9090 }]
          readinessProbe: { httpGet: { port: http, path: / } }
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: http }] }
`;

const MANIFESTS = [
  ...Object.entries(PODS).map(([name, namespace]) => workload(name, namespace)),
  "\napiVersion: v1\nkind: Namespace\nmetadata: { name: other, labels: { team: jobs } }\n",
].join("---");

const policy = (spec: NetworkPolicySpec) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "tested", namespace: "shop" },
  spec,
});

const WEB = { matchLabels: { app: "web" } };
const API = { matchLabels: { app: "api" } };

/** What each policy in namespace shop leaves to be reached, `all` but for what follows a minus. */
const CASES: readonly (readonly [string, NetworkPolicySpec | undefined, readonly string[]])[] = [
  ["without policies everything", undefined, []],
  [
    "an empty policy nothing of its namespace",
    { podSelector: {} },
    ["web>api", "api>web", "job>web", "job>api"],
  ],
  [
    "a podSelector pods of the namespace, at a named port",
    {
      podSelector: WEB,
      ingress: [{ from: [{ podSelector: API }], ports: [{ port: "http" }] }],
    },
    ["api>web:9090", "job>web"],
  ],
  [
    "a namespaceSelector pods of others",
    {
      podSelector: WEB,
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: "jobs" } } }] }],
    },
    ["api>web"],
  ],
  [
    "both selectors those pods in those namespaces",
    {
      podSelector: {},
      ingress: [
        { from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "job" } } }] },
      ],
    },
    ["api>web", "web>api"],
  ],
  [
    "a range of ports those ports",
    { podSelector: WEB, ingress: [{ ports: [{ port: 9000, endPort: 9100 }] }] },
    ["api>web:8080", "job>web:8080"],
  ],
  [
    "an ipBlock its addresses without its exceptions",
    {
      podSelector: WEB,
      ingress: [{ from: [{ ipBlock: { cidr: "10.244.0.0/16", except: ["API/32"] } }] }],
    },
    ["api>web"],
  ],
  [
    "egress where pods may go",
    {
      podSelector: API,
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: WEB }], ports: [{ port: 8080 }] }],
    },
    ["api>web:9090", "api>job"],
  ],
];

describeWith(TOOLS, "NetworkPolicies between pods", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    let commands: Commands;
    let up: ReturnType<Commands["start"]>;
    let port = 0;
    const pods = new Map<string, Pod>();

    const addressOf = (name: string) => pods.get(name)?.status?.podIP ?? "";

    beforeAll(async () => {
      const command = `[${installed.node}, pod.mjs]`;
      const run = Object.keys(PODS).map((name) => `deploy/${name}: ${command}`);
      commands = new Commands(installed, user, {
        "all.yaml": MANIFESTS,
        "policies.yaml": "",
        "kubelane.yaml": `manifests: [all.yaml, policies.yaml]\nrun: { ${run.join(", ")} }\n`,
      });
      copyFileSync(join(import.meta.dirname, "pod.mjs"), join(commands.folder, "pod.mjs"));
      const free = ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays", "--api", "off"];
      up = commands.start("up", ...free, "--network", "pods", "--offline", "-q");
      const gateway = /^gateway +http:\/\/127\.0\.0\.1:(\d+)\n/m;
      const [listening] = await Promise.all([
        said(up, "stdout", gateway),
        said(up, "stderr", /ready after/),
      ]);
      port = Number(gateway.exec(listening)?.[1]);
      const { stdout } = await commands.run(["get", "pods", "-A", "-o", "json"]);
      for (const pod of (JSON.parse(stdout) as { items: Pod[] }).items) {
        pods.set(pod.metadata.labels?.["app"] ?? "", pod);
      }
    }, 180_000);
    afterAll(async () => {
      up.kill("SIGTERM");
      await once(up, "close");
    });

    /** What a pod says, asked through the gateway: a node reaches its pods whatever policies say. */
    async function connect(from: keyof typeof PODS, host: string, to: number): Promise<string> {
      const path = `/connect?host=${host}&port=${to}`;
      const headers = { host: `${from}.${PODS[from]}` };
      return JSON.parse((await get({ port, path, headers })).body).outcome;
    }

    const names = Object.keys(PODS) as (keyof typeof PODS)[];
    const attempts = names.flatMap((from) =>
      names
        .filter((to) => to !== from)
        .flatMap((to) => PORTS.map((number) => ({ from, to, number }))),
    );

    /** What can't be reached now. */
    async function refused(): Promise<string[]> {
      const outcomes = await Promise.all(
        attempts.map(async ({ from, to, number }) => ({
          name: `${from}>${to}:${number}`,
          outcome: await connect(from, addressOf(to), number),
        })),
      );
      return outcomes
        .filter(({ outcome }) => outcome !== "connected")
        .map(({ name, outcome }) => (outcome === "no answer" ? name : `${name} ${outcome}`));
    }

    it.each(CASES)("let through: %s", async (_, spec, without) => {
      const text = JSON.stringify(spec === undefined ? undefined : policy(spec));
      const written = text?.replaceAll("API", addressOf("api")) ?? "";
      commands.write("policies.yaml", written);
      const expected = attempts
        .map(({ from, to, number }) => `${from}>${to}:${number}`)
        .filter((name) => without.some((each) => name === each || name.startsWith(`${each}:`)));
      await expect.poll(refused).toEqual(expected);
      // The function that explains says the same as the kernel.
      const store = new Store();
      const objects = [...pods.values(), ...(written === "" ? [] : [JSON.parse(written)])];
      objects.push({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "other", labels: { team: "jobs" } },
      });
      store.apply(objects.map((object) => ({ op: "put", object })));
      const told = attempts.filter(({ from, to, number }) => {
        const attempt = {
          from: { address: addressOf(from), pod: pods.get(from) },
          to: { address: addressOf(to), pod: pods.get(to) },
          port: number,
          protocol: "TCP" as const,
        };
        return refusalOf(attempt, { store }) !== undefined;
      });
      expect(told.map(({ from, to, number }) => `${from}>${to}:${number}`)).toEqual(expected);
    });

    it("hold for Services too, and for names where egress leaves out the cluster's DNS", async () => {
      const egress = (rules: NetworkPolicySpec["egress"] = []) =>
        commands.write(
          "policies.yaml",
          JSON.stringify(policy({ podSelector: API, policyTypes: ["Egress"], egress: rules })),
        );
      egress([{ to: [{ podSelector: WEB }] }]);
      const { stdout } = await commands.run(["get", "service", "web", "-n", "shop", "-o", "json"]);
      const { clusterIP } = JSON.parse(stdout).spec;
      await expect.poll(() => connect("api", addressOf("job"), 8080)).toBe("no answer");
      expect(await connect("api", clusterIP, 80)).toBe("connected");
      expect(await connect("api", "web.shop", 80)).not.toBe("connected");
      const system = { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } };
      const dns = { matchLabels: { "k8s-app": "kube-dns" } };
      const peer = { namespaceSelector: system, podSelector: dns };
      const ports = [{ port: "dns", protocol: "UDP" as const }];
      egress([{ to: [{ podSelector: WEB }] }, { to: [peer], ports }]);
      await expect.poll(() => connect("api", "web.shop", 80)).toBe("connected");
    });

    it("are told by trace and describe", async () => {
      commands.write("policies.yaml", JSON.stringify(policy({ podSelector: WEB })));
      await expect.poll(() => connect("api", addressOf("web"), 8080)).toBe("no answer");
      const api = pods.get("api")?.metadata.name ?? "";
      const traced = await commands.run(["trace", "web:80", "-n", "shop", "--as", `pod/${api}`]);
      expect(traced.stdout).toContain("NetworkPolicy tested selects shop/web-");
      expect(traced.code).toBe(1);
      const web = pods.get("web")?.metadata.name ?? "";
      const { stdout } = await commands.run(["describe", `pod/${web}`, "-n", "shop"]);
      expect(stdout).toMatch(/network policies\n {2}ingress +tested/);
    });
  });
});
