import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Commands, familyOf, leftOf } from "../../shell/inside.ts";
import { mayUnshare, publicPackage, USERS, type User } from "../../shell/users.ts";
import { said } from "../../support/said.ts";
import { describeWith } from "../../support/tools.ts";
import { get } from "../../support/up.ts";

const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "nft"];

const deployment = (name: string, replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: ${name}
          image: pod
          ports: [{ containerPort: 8080 }, { containerPort: 5353, protocol: UDP }]
          readinessProbe:
            exec: { command: [sh, -c, test -e ready-$HOSTNAME] }
            periodSeconds: 1
            failureThreshold: 1
`;

const service = (name: string, spec: object) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: ${JSON.stringify(spec)}
`;

const PORTS = [
  { name: "http", port: 80, targetPort: 8080 },
  { name: "udp", port: 53, targetPort: 5353, protocol: "UDP" },
];
const WEB = { selector: { app: "web" }, ports: PORTS };

const MANIFESTS = [
  deployment("web", 3),
  deployment("client", 1),
  service("web", { ...WEB, type: "NodePort", clusterIP: "10.96.7.1" }),
  service("sticky", { ...WEB, clusterIP: "10.96.7.2", sessionAffinity: "ClientIP" }),
  service("empty", { ...WEB, clusterIP: "10.96.7.3", selector: { app: "nobody" } }),
  service("public", {
    ...WEB,
    type: "LoadBalancer",
    clusterIP: "10.96.7.4",
    loadBalancerSourceRanges: ["192.0.2.0/24"],
  }),
  service("self", { ...WEB, clusterIP: "10.96.7.5", selector: { app: "client" } }),
  service("outside", { clusterIP: "10.96.7.6", ports: [{ port: 80, targetPort: 9 }] }),
  `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: outside, namespace: shop, labels: { kubernetes.io/service-name: outside } }
addressType: IPv4
endpoints: [{ addresses: [198.51.100.7] }]
ports: [{ port: 9 }]
`,
].join("---");

const FREE = ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays", "--api", "off"];

interface Answer {
  readonly pod: string;
  readonly client: string;
}

describeWith(TOOLS, "connections between pods that the kernel balances", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  function commandsOf(user: User): Commands {
    const command = `[${installed.node}, pod.mjs]`;
    const commands = new Commands(installed, user, {
      "all.yaml": MANIFESTS,
      "kubelane.yaml": `manifests: [all.yaml]\nrun: { deploy/web: ${command}, deploy/client: ${command} }\n`,
    });
    copyFileSync(join(import.meta.dirname, "pod.mjs"), join(commands.folder, "pod.mjs"));
    return commands;
  }

  async function serve(commands: Commands, ...args: readonly string[]) {
    const up = commands.start("up", ...FREE, "--network", "pods", "--offline", "-q", ...args);
    const output = { stderr: "" };
    up.stderr?.on("data", (text) => (output.stderr += text));
    const gateway = /^gateway +http:\/\/127\.0\.0\.1:(\d+)\n/m;
    const [listening] = await Promise.all([
      said(up, "stdout", gateway),
      said(up, "stderr", /ready after/),
    ]);
    const port = Number(gateway.exec(listening)?.[1]);
    /** What the client's pod answers. */
    const client = async (path: string, query: Record<string, string | number> = {}) => {
      const words = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) words.set(name, `${value}`);
      const { body } = await get({
        port,
        path: `${path}?${words}`,
        headers: { host: "self.shop" },
      });
      if (!/^["{[]/.test(body)) throw new Error(`${path}: ${body}\n${output.stderr}`);
      return JSON.parse(body);
    };
    const ask = (url: string, count = 1): Promise<(Answer | string)[]> =>
      client("/ask", { url, count });
    return { up, output, client, ask };
  }

  const podsOf = (answers: readonly (Answer | string)[]) =>
    new Set(answers.map((answer) => (typeof answer === "string" ? answer : answer.pod)));

  const stop = async ({ up }: { up: ReturnType<Commands["start"]> }) => {
    if (up.exitCode !== null) return;
    up.kill("SIGTERM");
    await once(up, "close");
  };

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    let commands: Commands;
    let serving: Awaited<ReturnType<typeof serve>>;
    let own: { readonly four: string; readonly six: string };
    beforeAll(async () => {
      commands = commandsOf(user);
      serving = await serve(commands);
      own = await serving.client("/addresses");
    }, 180_000);
    afterAll(() => stop(serving));

    const said = async (...args: readonly string[]) =>
      (await commands.run([...args, "-n", "shop"])).stdout;

    /** Waits until the store has it, and so the rules have it soon. */
    const readyPods = async (name: string): Promise<string[]> => {
      const { stdout } = await commands.run(["get", "endpointslices", "-n", "shop", "-o", "json"]);
      const { items } = JSON.parse(stdout) as {
        items: {
          metadata: { labels: Record<string, string> };
          endpoints: { conditions: { ready: boolean }; targetRef: { name: string } }[];
        }[];
      };
      return items
        .filter(({ metadata }) => metadata.labels["kubernetes.io/service-name"] === name)
        .flatMap(({ endpoints }) => endpoints)
        .filter(({ conditions }) => conditions.ready)
        .map(({ targetRef }) => targetRef.name);
    };

    it("reach every pod behind a Service, as the pod that they are of", async () => {
      const answers = await serving.ask("http://10.96.7.1/", 60);
      expect(podsOf(answers).size).toBe(3);
      // A relay would be seen in its place.
      expect(answers).toEqual(
        answers.map(() => ({ pod: expect.stringMatching(/^web-/), client: own.four })),
      );
    });

    it("reach it by name, and at its port of the node", async () => {
      expect(await serving.ask("http://web/")).toEqual([
        { pod: expect.stringMatching(/^web-/), client: own.four },
      ]);
      const nodePort = /80:(\d+)\/TCP/.exec(await said("get", "service", "web"))?.[1];
      expect(podsOf(await serving.ask(`http://169.254.1.1:${nodePort}/`, 60)).size).toBe(3);
    });

    it("stay with one pod where the Service says so", async () => {
      const answers = await serving.ask("http://10.96.7.2/", 20);
      expect(podsOf(answers).size).toBe(1);
      expect(answers).toContainEqual({ pod: expect.anything(), client: own.four });
    });

    it("are refused at once by a Service without endpoints", async () => {
      const host = "10.96.7.3";
      expect(await serving.client("/connect", { host, port: 80 })).toMatchObject({
        outcome: "ECONNREFUSED",
      });
    });

    it("get no answer at a load balancer's address that is not for them", async () => {
      const [, address] =
        /(\d+\.\d+\.\d+\.\d+) +80:/.exec(await said("get", "service", "public")) ?? [];
      expect(await serving.client("/connect", { host: address ?? "", port: 80 })).toMatchObject({
        outcome: "no answer",
      });
      expect(podsOf(await serving.ask("http://10.96.7.4/"))).toEqual(
        new Set([expect.stringMatching(/^web-/)]),
      );
    });

    it("reach the pod that they are of by its own Service", async () => {
      expect(await serving.ask("http://10.96.7.5/", 3)).toEqual(
        Array(3).fill({ pod: expect.stringMatching(/^client-/), client: "169.254.1.1" }),
      );
    });

    it("carry datagrams to every pod", async () => {
      const answers = new Set<string>();
      for (let flow = 0; flow < 40; flow++) {
        answers.add(await serving.client("/datagram", { host: "10.96.7.1", port: 53, flow }));
      }
      expect([...answers].sort()).toEqual((await readyPods("web")).sort());
    });

    it("come from a shell beside as well", async () => {
      const { stdout } = await commands.shell("curl", "-sS", "http://web/");
      expect(JSON.parse(stdout)).toEqual({
        pod: expect.stringMatching(/^web-/),
        client: expect.stringMatching(/^10\.244\./),
      });
    });

    it("leave a pod that is not ready any more, also those of a flow of datagrams", async () => {
      const query = { host: "10.96.7.1", port: 53, flow: "kept" };
      const first: string = await serving.client("/datagram", query);
      expect(await serving.client("/datagram", query)).toBe(first);
      rmSync(join(commands.folder, `ready-${first}`));
      await expect.poll(() => readyPods("web")).not.toContain(first);
      await expect.poll(() => serving.client("/datagram", query)).not.toBe(first);
      const answers = podsOf(await serving.ask("http://10.96.7.1/", 40));
      expect(answers.size).toBe(2);
      expect(answers).not.toContain(first);
      commands.write(`ready-${first}`, "");
      await expect.poll(() => readyPods("web")).toContain(first);
      await expect
        .poll(async () => podsOf(await serving.ask("http://10.96.7.1/", 40)))
        .toContain(first);
    });

    it("are told by describe and trace", async () => {
      expect(await said("describe", "svc/web")).toContain(
        "balanced between local pods by\n  shop/web:http  the kernel (nftables)\n  shop/web:udp/UDP  the kernel (nftables)\n",
      );
      expect(await said("trace", "sticky:80")).toContain("the kernel (nftables)");
      expect(await said("describe", "svc/outside")).toContain(
        "a relay of `up`: its endpoint 198.51.100.7:9 is outside the network of local pods",
      );
    });

    it("go by IPv6 as well", async () => {
      const { six } = JSON.parse(
        (await commands.run(["shell", "-n", "shop", "--", "curl", "-sS", "http://web/addresses"]))
          .stdout,
      );
      expect(six).toMatch(/^fd00:/);
      commands.write(
        "all.yaml",
        [
          MANIFESTS,
          `
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: { name: six }
spec: { cidrs: ["fd00:10:96::/112"] }
`,
          service("six", {
            clusterIP: "fd00:10:96::7",
            ipFamilies: ["IPv6"],
            ports: [
              { name: "http", port: 80 },
              { name: "udp", port: 53, protocol: "UDP" },
            ],
          }),
          `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: six, namespace: shop, labels: { kubernetes.io/service-name: six } }
addressType: IPv6
endpoints: [{ addresses: ["${six}"] }]
ports: [{ name: http, port: 8080 }, { name: udp, port: 5353, protocol: UDP }]
`,
        ].join("---"),
      );
      await expect
        .poll(() => said("describe", "svc/six"))
        .toContain("shop/six:http (IPv6)  the kernel");
      await expect
        .poll(() => serving.ask("http://[fd00:10:96::7]/"))
        .toEqual([{ pod: expect.stringMatching(/^web-/), client: own.six }]);
      expect(
        await serving.client("/datagram", { host: "fd00:10:96::7", port: 53, flow: "six" }),
      ).toMatch(/^web-/);
    });

    it("leave no rules and no namespaces behind", async () => {
      const before = spawnSync("nft", ["list", "tables"], { encoding: "utf8" }).stdout;
      expect(before).not.toContain("kubelane");
      const killed = await serve(commandsOf(user));
      const family = familyOf(killed.up.pid ?? 0);
      killed.up.kill("SIGKILL");
      expect(await leftOf(family)).toMatchObject({ pids: [], namespaces: [] });
      expect(spawnSync("nft", ["list", "tables"], { encoding: "utf8" }).stdout).toBe(before);
    });

    it("go through relays with --data-plane relay", async () => {
      const relayed = await serve(commandsOf(user), "--data-plane", "relay");
      try {
        const [answer] = await relayed.ask("http://10.96.7.1/");
        expect(answer).toMatchObject({ client: "169.254.1.1" });
      } finally {
        await stop(relayed);
      }
    });

    it("go through relays where nft fails, which is said", async () => {
      const commands = commandsOf(user);
      const tools = join(commands.folder, "tools");
      mkdirSync(tools);
      commands.write(
        "tools/nft",
        "#!/bin/sh\necho 'Error: Could not process rule: Operation not permitted' >&2\nexit 1\n",
      );
      chmodSync(join(tools, "nft"), 0o755);
      chmodSync(tools, 0o755);
      const relayed = await serve(commands.withPath(tools));
      try {
        expect(relayed.output.stderr).toContain(
          "local pods have a network of their own (--network pods), with relays for its Services: nft: Could not process rule: Operation not permitted\n",
        );
        const [answer] = await relayed.ask("http://10.96.7.1/");
        expect(answer).toMatchObject({ client: "169.254.1.1" });
      } finally {
        await stop(relayed);
      }
    });
  });
});
