import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Pod } from "../../src/objects/pod.ts";
import { Commands, familyOf, leftOf } from "../shell/inside.ts";
import { mayUnshare, publicPackage, USERS, type User } from "../shell/users.ts";
import { said } from "../support/said.ts";
import { describeWith } from "../support/tools.ts";
import { get } from "../support/up.ts";

const TOOLS = ["unshare", "nsenter", "ip", "setpriv"];

const deployment = (name: string, replicas: number, containers: object | object[]) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: ${JSON.stringify({ containers: [containers].flat().map((each) => ({ name, ...each })) })}
`;

const service = (name: string, spec: object) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: ${JSON.stringify({ selector: { app: name }, ...spec })}
`;

const HTTP = { ports: [{ port: 80, targetPort: 8080 }] };

const MANIFESTS = [
  deployment("web", 2, { ports: [{ containerPort: 8080 }] }),
  service("web", HTTP),
  deployment("api", 1, {
    ports: [
      { containerPort: 8080, name: "http" },
      { containerPort: 5353, protocol: "UDP" },
    ],
    env: [{ name: "UDP_PORT", value: "5353" }],
    readinessProbe: { httpGet: { port: "http", path: "/" } },
    livenessProbe: { exec: { command: ["sh", "-c", "test $(hostname) = $HOSTNAME"] } },
  }),
  service("api", {
    ports: [
      { name: "http", port: 80, targetPort: "http" },
      { name: "udp", port: 53, targetPort: 5353, protocol: "UDP" },
    ],
  }),
  // Never ready: peers meet before they are.
  `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: peer, namespace: shop }
spec:
  replicas: 2
  podManagementPolicy: Parallel
  serviceName: peer
  selector: { matchLabels: { app: peer } }
  template:
    metadata: { labels: { app: peer } }
    spec:
      containers:
        - name: peer
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { port: 8080, path: /, host: 127.0.0.9 } }
`,
  service("peer", { clusterIP: "None", publishNotReadyAddresses: true }),
  // What headless names lead to, at ports of theirs that no Service has.
  `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec:
  replicas: 1
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      containers:
        - { name: db, ports: [{ containerPort: 8080 }, { name: metrics, containerPort: 9187 }] }
`,
  service("db", { clusterIP: "None", ports: [{ port: 80, targetPort: 8080 }] }),
  // Nobody runs it.
  deployment("ghost", 1, {
    ports: [{ containerPort: 8080 }, { containerPort: 5353, protocol: "UDP" }],
  }),
  service("ghost", {
    ports: [
      { name: "http", port: 80, targetPort: 8080 },
      { name: "udp", port: 53, targetPort: 5353, protocol: "UDP" },
    ],
  }),
  // Never ready, and a Service that leads to ready pods alone.
  deployment("slow", 1, {
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { port: 8080, path: "/", host: "127.0.0.9" } },
  }),
  service("slow", HTTP),
  deployment("pair", 1, [
    { name: "pair", ports: [{ containerPort: 8080 }] },
    { name: "side", ports: [{ containerPort: 9000 }] },
  ]).replace("namespace: shop", "namespace: default"),
  service("pair", HTTP).replace("namespace: shop", "namespace: default"),
].join("---");

const CONFIG = `
manifests: [all.yaml]
stub: [deploy/ghost]
run:
  deploy/web: { command: [NODE, pod.mjs, "8080", "9100"], namespace: shop }
  deploy/api: { command: [NODE, pod.mjs, $PORT], namespace: shop }
  sts/peer: { command: [NODE, pod.mjs, "8080"], namespace: shop }
  sts/db: { command: [NODE, pod.mjs, "8080", "9187"], namespace: shop }
  deploy/slow: { command: [NODE, pod.mjs, "8080"], namespace: shop }
  deploy/pair:
    - { container: pair, command: [NODE, pod.mjs, "8080"] }
    - { container: side, command: [NODE, pod.mjs, "9000"] }
`;

const FREE = ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays"];

/** Root of a user namespace that may have no further one, without any power: a machine that forbids them. */
const FORBIDDEN: User = {
  name: "a user who gets no namespace",
  prefix: [
    ...["unshare", "--user", "--map-root-user", "sh", "-c"],
    `echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all "$@"`,
    "sh",
  ],
};

describeWith(TOOLS, "local pods in a network of their own", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  function commandsOf(user: User): Commands {
    const config = CONFIG.replaceAll("NODE", installed.node);
    const commands = new Commands(installed, user, {
      "all.yaml": MANIFESTS,
      "kubelane.yaml": config,
    });
    copyFileSync(join(import.meta.dirname, "pod.mjs"), join(commands.folder, "pod.mjs"));
    return commands;
  }

  /** A running `up`, and how its gateway is asked. */
  async function serve(commands: Commands, ...args: readonly string[]) {
    const up = commands.start("up", ...FREE, "--network", "auto", "--offline", "-q", ...args);
    const output = { stdout: "", stderr: "" };
    up.stdout?.on("data", (text) => (output.stdout += text));
    up.stderr?.on("data", (text) => (output.stderr += text));
    const gateway = /^gateway +http:\/\/127\.0\.0\.1:(\d+)\n/m;
    const [listening] = await Promise.all([
      said(up, "stdout", gateway),
      said(up, "stderr", /ready after/),
    ]);
    const port = Number(gateway.exec(listening)?.[1]);
    const ask = async (service: string, path: string, to = "") => {
      const query = to === "" ? "" : `?to=${encodeURIComponent(to)}`;
      const { body } = await get({ port, path: `${path}${query}`, headers: { host: service } });
      return body;
    };
    const proxied = async (url: string) =>
      (await get({ port, path: url, headers: { host: new URL(url).host } })).body;
    return {
      up,
      output,
      ask,
      proxied,
      facts: async (of: string) => JSON.parse(await ask(of, "/facts")),
    };
  }

  const stop = async ({ up }: { up: ReturnType<Commands["start"]> }) => {
    if (up.exitCode !== null) return;
    up.kill("SIGTERM");
    await once(up, "close");
  };

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    let commands: Commands;
    let serving: Awaited<ReturnType<typeof serve>>;
    beforeAll(async () => {
      commands = commandsOf(user);
      serving = await serve(commands);
    }, 180_000);
    afterAll(() => stop(serving));

    it("says once where they run", () => {
      expect(serving.output.stderr.match(/network/g)).toEqual(["network", "network"]);
      expect(serving.output.stderr).toContain("local pods have a network of their own");
    });

    it("have their own address, name and ports, and are the user they were", async () => {
      const [program = "", ...words] = [...user.prefix, "id", "-u"];
      const uid = Number(spawnSync(program, words, { encoding: "utf8" }).stdout);
      const facts = await serving.facts("api.shop");
      expect(facts).toMatchObject({
        hostname: expect.stringMatching(/^api-/),
        addresses: [expect.stringMatching(/^10\.244\./)],
        port: "8080",
        proxies: [],
        uid,
        cwd: commands.folder,
        search: "shop.svc.cluster.local svc.cluster.local cluster.local",
      });
      expect(facts.podIP).toBe(facts.addresses[0]);
    });

    it("reach Services by the names in manifests, on the Service's port, balanced over all pods", async () => {
      const answers = new Set<string>();
      for (let i = 0; i < 30; i++)
        answers.add(await serving.ask("api.shop", "/ask", "http://web/"));
      expect([...answers].map((each) => each.replace(/-[a-z0-9]+ /, "-* ")).sort()).toEqual(
        [...answers].map(() => expect.stringMatching(/^200 web-[a-z0-9]+-\* 8080$/)),
      );
      expect(answers.size).toBe(2);
      expect(await serving.ask("web.shop", "/ask", "http://api.shop.svc.cluster.local/")).toMatch(
        /^200 api-/,
      );
    });

    it("reach every port of a pod at its address, whatever Services say", async () => {
      const { podIP } = await serving.facts("web.shop");
      expect(await serving.ask("api.shop", "/ask", `http://${podIP}:9100/`)).toMatch(/ 9100$/);
      expect(await serving.ask("api.shop", "/connect", `${podIP} 9101`)).toBe("ECONNREFUSED");
    });

    it("meet their peers before they are ready", async () => {
      expect(await serving.ask("web.shop", "/ask", "http://peer-1.peer:8080/")).toBe(
        "200 peer-1 8080",
      );
      expect(await serving.ask("web.shop", "/ask", "http://peer-0.peer:8080/")).toBe(
        "200 peer-0 8080",
      );
    });

    it("send and get datagrams", async () => {
      expect(await serving.ask("web.shop", "/datagram", "api 53")).toMatch(/^api-\S+ ping$/);
    });

    it("reach a stub by name and by address, as if it were one of them", async () => {
      const answer = await serving.ask("web.shop", "/ask", "http://ghost/");
      const { pod } = JSON.parse(answer.replace(/^200 /, "")) as { pod: string };
      expect(pod).toMatch(/^ghost-/);
      expect(await serving.ask("web.shop", "/datagram", "ghost 53")).toBe("ping");
      const { stdout } = await commands.run(["get", "pod", pod, "-n", "shop", "-o", "json"]);
      const { podIP } = (JSON.parse(stdout) as Pod).status ?? {};
      expect(await serving.ask("web.shop", "/ask", `http://${podIP}:8080/`)).toMatch(/^200 /);
    });

    it("share localhost with the containers of their pod, and with nothing else", async () => {
      expect(await serving.ask("pair.default", "/ask", "http://localhost:9000/")).toMatch(/ 9000$/);
      expect(await serving.ask("web.shop", "/ask", "http://127.0.0.1:9000/")).toBe("ECONNREFUSED");
    });

    it("learn at once that nothing else can be reached", async () => {
      expect(await serving.ask("web.shop", "/connect", "198.51.100.7 80")).toBe("ENETUNREACH");
    });

    describe("from a shell beside", () => {
      const curl = async (url: string) => {
        const { stdout, stderr } = await commands.shell("curl", "-sS", "--max-time", "30", url);
        return stdout + stderr;
      };
      const addressOf = async (pod: string) => {
        const { stdout } = await commands.run(["get", "pod", "-n", "shop", "-o", "json"]);
        const { items } = JSON.parse(stdout) as { items: Pod[] };
        return items.find(({ metadata }) => metadata.name.startsWith(pod))?.status?.podIP ?? "";
      };

      it("are reached by Service, by name and by address, at every port", async () => {
        expect(await curl("http://web/")).toMatch(/^web-\S+ 8080$/);
        expect(await curl("http://db-0.db:8080/")).toBe("db-0 8080");
        expect(await curl("http://db-0.db:9187/")).toBe("db-0 9187");
        const { podIP } = await serving.facts("web.shop");
        expect(await curl(`http://${podIP}:9100/`)).toMatch(/^web-\S+ 9100$/);
        expect(await curl(`http://${podIP}:9101/`)).toMatch(/Connection refused|Couldn't connect/);
      });

      it("are reached though they are not ready", async () => {
        expect(await curl("http://peer-1.peer:8080/")).toBe("peer-1 8080");
        expect(await curl(`http://${await addressOf("slow")}:8080/`)).toMatch(/^slow-\S+ 8080$/);
        expect(await curl("http://slow/")).toMatch(/Connection refused|Couldn't connect/);
      });

      it("are entered by it with --as: their localhost, files and name", async () => {
        const script =
          "hostname; hostname -i; curl -sS http://localhost:9187/; grep -c shop.svc /etc/resolv.conf";
        const { stdout } = await commands.run([
          ...["shell", "-n", "shop", "--as", "pod/db-0", "--", "sh", "-c", script],
        ]);
        expect(stdout).toBe(`db-0\n${await addressOf("db-0")}\ndb-0 91871\n`);
      });

      it("reach the program in it, which has an address of its own", async () => {
        const script = "echo $KUBELANE_SHELL; hostname -I; read end";
        const child = commands.startScript(`${installed.node} pod.mjs 8080 & ${script}`, "shop");
        const address = /(10\.244\.\d+\.\d+)/;
        const [, own = ""] = address.exec(await said(child, "stdout", address)) ?? [];
        const url = `http://${own}:8080/`;
        await expect
          .poll(() => serving.ask("web.shop", "/ask", url), { timeout: 30_000 })
          .toMatch(/^200 .* 8080$/);
        child.stdin?.end("end\n");
        await once(child, "exit");
        await expect
          .poll(() => serving.ask("web.shop", "/ask", url), { timeout: 30_000 })
          .toBe("ECONNREFUSED");
      });

      it("leaves nothing behind when it is killed", async () => {
        const child = commands.startScript("setsid sleep 1000 & echo ready; sleep 1000");
        await said(child, "stdout", /ready/);
        const family = familyOf(child.pid ?? 0);
        const own = familyOf(serving.up.pid ?? 0);
        const namespaces = family.namespaces.filter((each) => !own.namespaces.includes(each));
        expect(namespaces.length).toBeGreaterThanOrEqual(3);
        child.kill("SIGKILL");
        expect(await leftOf({ pids: family.pids, namespaces })).toEqual({
          pids: [],
          namespaces: [],
        });
      });
    });

    it("can be joined by a program that stands for one, for all the others", async () => {
      const pod = commands.start(
        ...["run", "--shell", "-n", "shop", "-l", "app=guest", "--port", "8080", "--"],
        ...[installed.node, "pod.mjs", "8080", "9100"],
      );
      const [, address = ""] =
        /answers on (\S+):8080/.exec(await said(pod, "stderr", /answers on \S+:8080/)) ?? [];
      expect(await serving.ask("web.shop", "/ask", `http://${address}:9100/`)).toMatch(/ 9100$/);
      const peer = "http://peer-0.peer:8080/";
      const url = `http://${address}:8080/ask?to=${encodeURIComponent(peer)}`;
      expect(await serving.ask("web.shop", "/ask", url)).toBe("200 200 peer-0 8080");
      pod.kill("SIGTERM");
      await once(pod, "exit");
    });

    it("are reached by a Node program beside that has the register hook", async () => {
      const { podIP } = await serving.facts("web.shop");
      const slow = JSON.parse(
        (await commands.run(["get", "pod", "-n", "shop", "-o", "json"])).stdout,
      ).items.find(({ metadata }: Pod) => metadata.name.startsWith("slow-")).status.podIP;
      const urls = [
        ...["http://web/", "http://web/", "http://api.shop/", "http://db-0.db:9187/"],
        ...["http://peer-1.peer:8080/", `http://${podIP}:9100/`, `http://${slow}:8080/`],
        ...[`http://${podIP}:9101/`, "http://slow/"],
      ];
      const script = `
        for (const url of ${JSON.stringify(urls)}) {
          const ask = fetch(url).then((answer) => answer.text(), ({ cause }) => cause.code);
          console.log(await ask);
        }
        // The same by the module that Node's own clients and most others use.
        const { get } = await import("node:http");
        get("http://web/", async (answer) => {
          for await (const chunk of answer) console.log(String(chunk));
        });`;
      commands.write("beside.mjs", script);
      const { stdout, stderr } = await commands.node("--import", "kubelane/register", "beside.mjs");
      expect(stderr).toBe("");
      expect(stdout.replace(/(web|api|slow)-\S+/g, "$1").split("\n")).toEqual([
        ...["web 8080", "web 8080", "api 8080", "db-0 9187", "peer-1 8080", "web 9100"],
        ...["slow 8080", "ECONNREFUSED", "ECONNREFUSED", "web 8080", ""],
      ]);
    });

    it("are reached through the gateway by address, and at ports that no Service has", async () => {
      expect(await serving.proxied("http://db-0.db.shop:9187/")).toBe("db-0 9187");
      const { podIP } = await serving.facts("web.shop");
      expect(await serving.proxied(`http://${podIP}:9100/`)).toMatch(/^web-\S+ 9100$/);
    });

    it("end with an `up` that is killed", async () => {
      const killed = await serve(commandsOf(user));
      const family = familyOf(killed.up.pid ?? 0);
      expect(family.pids.length).toBeGreaterThan(7);
      killed.up.kill("SIGKILL");
      expect(await leftOf(family)).toMatchObject({ pids: [], namespaces: [] });
    });
  });

  it.skipIf(!USERS.some(mayUnshare))(
    "run on the machine's network where there is none, which is said once",
    async () => {
      const commands = commandsOf(FORBIDDEN);
      const serving = await serve(commands);
      try {
        expect(serving.output.stderr).toContain(
          "local pods run on this machine's network, with other ports: user namespaces are switched off (user.max_user_namespaces is 0); to allow it: sudo sysctl user.max_user_namespaces=15000\n",
        );
        expect(Number((await serving.facts("api.shop")).port)).not.toBe(8080);
      } finally {
        await stop(serving);
      }
    },
  );
});
