import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployment } from "../support/deployment.ts";
import { said } from "../support/said.ts";
import { describeWith } from "../support/tools.ts";
import { Commands, familyOf, leftOf, strayMounts } from "./inside.ts";
import { NamedServer, startRedis } from "./servers.ts";
import { mayUnshare, publicPackage, USERS } from "./users.ts";

const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "curl", "dig", "getent", "busybox"];

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: NodePort
  clusterIP: 10.96.5.5
  externalIPs: [203.0.113.9]
  selector: { app: web }
  ports:
    - { name: http, port: 80, targetPort: 8080, nodePort: 30080 }
    - { name: echo, port: 7, targetPort: 8080, protocol: UDP }
---
${deployment("web", "ports: [{ containerPort: 8080 }, { containerPort: 8080, protocol: UDP }]", { namespace: "shop" })}---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: other }
spec: { clusterIP: 10.96.5.6, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-1, namespace: other, labels: { app: web } }
spec: { containers: [{ name: web, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: cache, namespace: shop }
spec: { clusterIP: 10.96.5.7, selector: { app: cache }, ports: [{ port: 6379 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: cache, namespace: shop, labels: { app: cache } }
spec: { containers: [{ name: cache, ports: [{ containerPort: 6379 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 8080 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec:
  serviceName: db
  replicas: 2
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: db, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: empty, namespace: shop }
spec: { clusterIP: 10.96.5.8, selector: { app: nobody }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { clusterIP: 10.96.5.9, sessionAffinity: ClientIP, selector: { app: api }, ports: [{ name: main, port: 8080 }, { name: admin, port: 9090 }] }
---
${deployment("api", "ports: [{ containerPort: 8080 }, { containerPort: 9090 }]", { namespace: "shop" })}`;

const FETCH = "console.log((await (await fetch(process.argv[1])).text()).trim())";

const ECHO = `
import { createSocket } from "node:dgram";
const socket = createSocket("udp4");
socket.on("message", (message, { address, port }) => {
  console.log(String(message), "from", address + ":" + port);
  socket.close();
});
socket.send("hello", 7, "web");
`;

const API = `
import { createServer } from "node:http";
const { HOSTNAME, PORT, POD_IP, WEB_SERVICE_HOST } = process.env;
createServer((_, response) => response.end("admin")).listen(9090);
createServer(({ socket }, response) => response.end([PORT, POD_IP, WEB_SERVICE_HOST].join(" ")))
  .listen(Number(PORT), async () => {
    console.log(await (await fetch("http://web/")).text());
  });
`;

/** Some machines keep namespaces from ordinary users. */
const ALLOWED = USERS.filter(mayUnshare);

for (const { name } of USERS.filter((user) => !mayUnshare(user))) {
  describe.skip(`a shell as ${name} [skipped: namespaces are forbidden here]`, () => {});
}

describeWith([...TOOLS, "redis-server", "redis-cli"], "a program in a network of its own", () => {
  const servers = ["web", "other", "db-0", "db-1"].map((name) => new NamedServer(name));
  let redis: ChildProcess;
  let config: string;
  let installed: ReturnType<typeof publicPackage>;

  beforeAll(async () => {
    const [web, other, db0, db1] = await Promise.all(servers.map((server) => server.start()));
    const cache = await startRedis();
    redis = cache.process;
    config = `
manifests: [shop.yaml]
attach:
  shop/deploy/web: [127.0.0.1:${web?.port}]
  other/pod/web-1: [127.0.0.1:${other?.port}]
  shop/pod/cache: [127.0.0.1:${cache.port}]
  shop/sts/db: [127.0.0.1:${db0?.port}, 127.0.0.1:${db1?.port}]
`;
    installed = publicPackage();
  }, 180_000);
  afterAll(() => {
    for (const server of servers) server.close();
    redis.kill("SIGKILL");
    rmSync(installed.folder, { recursive: true, force: true });
  });

  describe.each(ALLOWED)("as $name", (user) => {
    let commands: Commands;
    let up: ChildProcess;

    beforeAll(async () => {
      commands = new Commands(installed, user, { "shop.yaml": MANIFESTS, "kubelane.yaml": config });
      up = await commands.up();
    });
    afterAll(async () => {
      up.kill("SIGTERM");
      await once(up, "exit");
    });

    it.each([
      ["curl, by the Service's name", ["curl", "-sS", "http://web/"], "web\n"],
      ["curl, with the namespace", ["curl", "-sS", "http://web.other"], "other\n"],
      ["curl, by the whole name", ["curl", "-sS", "http://web.shop.svc.cluster.local/"], "web\n"],
      ["curl, by the external address", ["curl", "-sS", "http://203.0.113.9/"], "web\n"],
      ["curl, to one pod of a headless Service", ["curl", "-sS", "http://db-1.db:8080/"], "db-1\n"],
      ["dig over UDP", ["dig", "+search", "+short", "web"], "10.96.5.5\n"],
      ["dig over TCP", ["dig", "+tcp", "+search", "+short", "web.other"], "10.96.5.6\n"],
      ["a static binary", ["busybox", "wget", "-qO-", "http://web/"], "web\n"],
      ["redis-cli, to a real server", ["redis-cli", "-h", "cache", "ping"], "PONG\n"],
    ])("serves %s", async (_name, command, answer) => {
      expect(await commands.shell(...command)).toEqual({ code: 0, stdout: answer, stderr: "" });
    });

    it("serves getent and everything else that asks the C library", async () => {
      const { stdout } = await commands.shell("getent", "hosts", "web");
      expect(stdout).toMatch(/^10\.96\.5\.5\s+web\.shop\.svc\.cluster\.local\s/);
    });

    it("serves Node's fetch, and UDP from the address that was asked", async () => {
      const { node } = installed;
      const options = ["--input-type=module", "-e"];
      const fetched = await commands.shell(node, ...options, FETCH, "http://web.other/");
      expect(fetched).toEqual({ code: 0, stdout: "other\n", stderr: "" });
      const echoed = await commands.shell(node, ...options, ECHO);
      expect(echoed).toEqual({ code: 0, stdout: "web: hello from 10.96.5.5:7\n", stderr: "" });
    });

    it.each([
      ["a port that no Service has", "http://web:81/", 7],
      ["an address that no Service has", "http://10.96.200.200/", 7],
      ["a Service without endpoints", "http://empty/", 7],
      ["what is not the cluster's", "http://192.0.2.1/", 7],
      ["a name that there is not", "http://nosuch.shop/", 6],
    ])("refuses %s at once", async (_name, url, exit) => {
      const { code } = await commands.shell("curl", "-sS", "--max-time", "30", url);
      // 28 would be a timeout.
      expect(code).toBe(exit);
    });

    it("says which is unreachable, and which refused", async () => {
      const unreachable = await commands.shell("curl", "-sSv", "http://192.0.2.1/");
      expect(unreachable.stderr).toContain("Network is unreachable");
      const refused = await commands.shell("curl", "-sSv", "http://web:81/");
      expect(refused.stderr).toContain("Connection refused");
    });

    it("has NodePorts on the node's address", async () => {
      const script = "curl -sS http://$KUBELANE_NODE:30080/";
      const answer = await commands.shell("sh", "-c", script);
      expect(answer).toEqual({ code: 0, stdout: "web\n", stderr: "" });
    });

    it("runs the program as the same user, with its input, output and exit code", async () => {
      const outside =
        process.getuid?.() === 0 && user.prefix.length > 0 ? 65_534 : process.getuid?.();
      const script = "id -u; cat; echo to-stderr >&2; exit 7";
      const args = ["shell", "--", "sh", "-c", script];
      const { code, stdout, stderr } = await commands.run(args, "from stdin\n");
      expect({ code, stdout, stderr }).toEqual({
        code: 7,
        stdout: `${outside}\nfrom stdin\n`,
        stderr: "to-stderr\n",
      });
      expect((await commands.shell("sh", "-c", "kill -9 $$")).code).toBe(137);
    });

    it("lets the program listen on a port that Services have", async () => {
      const script =
        "busybox nc -l -p 80 -e echo own & until busybox nc 127.0.0.1 80 </dev/null; do sleep 0.1; done; curl -sS http://web/";
      const { stdout } = await commands.shell("sh", "-c", script);
      expect(stdout).toBe("own\nweb\n");
    });

    it("sees with the eyes of a pod", async () => {
      const script = "hostname; hostname -i; curl -sS http://web/";
      const { stdout } = await commands.run([
        ...["shell", "-n", "other", "--as", "pod/web-1", "--", "sh", "-c", script],
      ]);
      expect(stdout).toMatch(/^web-1\n10\.244\.\d+\.\d+\nother\n$/);
      const missing = await commands.run(["shell", "--as", "pod/nosuch", "--", "true"]);
      expect(missing.code).toBe(1);
      expect(missing.stderr).toContain('there is no Pod "nosuch" in namespace default');
    });

    it("has two at once, each with its own namespace", async () => {
      const script = "read go; curl -sS http://web/; echo $KUBELANE_SHELL";
      const both = ["shop", "other"].map((namespace) => commands.startScript(script, namespace));
      const outputs = Promise.all(both.map((child) => said(child, "stdout", /\n.*\n/)));
      for (const child of both) child.stdin?.end("go\n");
      expect(await outputs).toEqual(["web\nshop\n", "other\nother\n"]);
    });

    it("passes signals on", async () => {
      const child = commands.startScript(
        "trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.1; done",
      );
      const got = said(child, "stdout", /got/);
      await said(child, "stdout", /ready/);
      child.kill("SIGTERM");
      await got;
      expect((await once(child, "exit"))[0]).toBe(5);
    });

    it.each(["QUIT", "USR1", "USR2", "WINCH", "CONT", "ALRM"] as const)(
      "passes %s on",
      async (name) => {
        const script = `trap 'echo got; exit 5' ${name}; echo ready; while :; do sleep 0.1; done`;
        const child = commands.startScript(script, "shop");
        let stderr = "";
        child.stderr?.on("data", (text) => {
          stderr += text;
        });
        const got = said(child, "stdout", /got/);
        await said(child, "stdout", /ready/);
        child.kill(`SIG${name}`);
        await got;
        expect((await once(child, "exit"))[0]).toBe(5);
        expect(stderr).toBe("");
      },
    );

    it("leaves nothing when it ends, whoever still runs in it", async () => {
      const child = commands.startScript("setsid sleep 1000 & echo ready; read end");
      await said(child, "stdout", /ready/);
      const family = familyOf(child.pid ?? 0);
      expect(family.namespaces.length).toBeGreaterThanOrEqual(5);
      child.stdin?.end("end\n");
      await once(child, "exit");
      expect(await leftOf(family)).toEqual({ pids: [], namespaces: [] });
      expect(strayMounts()).toEqual([]);
    });

    it("leaves nothing when it is killed", async () => {
      const child = commands.startScript("setsid sleep 1000 & echo ready; sleep 1000");
      await said(child, "stdout", /ready/);
      const family = familyOf(child.pid ?? 0);
      expect(family.pids.length).toBeGreaterThanOrEqual(5);
      child.kill("SIGKILL");
      expect(await leftOf(family)).toEqual({ pids: [], namespaces: [] });
      expect(strayMounts()).toEqual([]);
    });

    it("follows what changes, and outlives an `up` that is killed", async () => {
      const own = new Commands(installed, user, {
        "shop.yaml": MANIFESTS,
        "kubelane.yaml": config,
      });
      const first = await own.up();
      const child = own.startScript("echo ready; while read url; do curl -sS $url; done", "shop");
      child.stderr?.resume();
      await said(child, "stdout", /ready/);
      own.write(
        "shop.yaml",
        MANIFESTS.replace(
          "name: web, namespace: other }\nspec: { clusterIP: 10.96.5.6",
          "name: late, namespace: other }\nspec: { clusterIP: 10.96.5.66",
        ),
      );
      const late = said(child, "stdout", /other/);
      const ask = setInterval(() => child.stdin?.write("http://late.other/\n"), 100);
      await late;
      clearInterval(ask);
      const family = familyOf(child.pid ?? 0);
      const ended = said(child, "stderr", /has ended; its last state stays/);
      first.kill("SIGKILL");
      await ended;
      const still = said(child, "stdout", /web/);
      child.stdin?.end("http://web/\n");
      await still;
      await once(child, "exit");
      expect(await leftOf(family)).toEqual({ pids: [], namespaces: [] });
    });

    it("serves manifests by itself", async () => {
      const own = new Commands(installed, user, {
        "shop.yaml": MANIFESTS,
        "kubelane.yaml": config,
      });
      const args = ["shell", "-n", "shop", "-f", own.folder, "--", "curl", "-sS", "http://web/"];
      expect(await own.run(args)).toMatchObject({ code: 0, stdout: "web\n" });
    });

    it("can be a pod, for clients inside and outside", async () => {
      commands.write("api.mjs", API);
      const { node } = installed;
      const args = [
        "run",
        "--shell",
        "-n",
        "shop",
        "deploy/api",
        "--",
        node,
        join(commands.folder, "api.mjs"),
      ];
      const pod = commands.start(...args);
      const fetched = said(pod, "stdout", /\n/);
      const open = said(pod, "stderr", /answers on \S+:9090/);
      await said(pod, "stderr", /answers on \S+:8080/);
      await open;
      expect(await fetched).toContain("web");
      // The probe of `up` comes once a second.
      let answer = await commands.shell("curl", "-sS", "http://api:8080/");
      for (let i = 0; answer.code === 7 && i < 20; i++) {
        answer = await commands.shell("curl", "-sS", "http://api:8080/");
      }
      expect(answer.stdout).toMatch(/^8080 10\.244\.\d+\.\d+ 10\.96\.5\.5$/);
      const admin = await commands.shell("curl", "-sS", "http://api:9090/");
      expect(admin.stdout).toBe("admin");
      const family = familyOf(pod.pid ?? 0);
      pod.kill("SIGTERM");
      await once(pod, "exit");
      expect(await leftOf(family)).toEqual({ pids: [], namespaces: [] });
    });

    it("knows that it is inside", async () => {
      const [program = "", ...words] = [
        installed.node,
        join(installed.folder, "dist/bin/kubelane.cjs"),
      ];
      const nested = await commands.shell(program, ...words, "shell", "--", "true");
      expect(nested.code).toBe(2);
      expect(nested.stderr).toContain("does not work inside a kubelane shell");
      const seen = await commands.shell(
        program,
        ...words,
        "get",
        "service",
        "web",
        "-n",
        "shop",
        "-o",
        "name",
      );
      expect(seen.stdout).toBe("service/web\n");
    });

    it("says what is wrong before anything starts", async () => {
      const missing = await commands.shell("no-such-program");
      expect(missing).toMatchObject({ code: 127, stdout: "" });
      expect(missing.stderr).toContain("no-such-program: there is no such program");
      const text = await commands.shell("./shop.yaml");
      expect(text).toMatchObject({ code: 126, stdout: "" });
      expect(text.stderr).toContain("./shop.yaml: may not be run");
      const elsewhere = await commands.run(["shell", "-n", "shpo", "--", "true"]);
      expect(elsewhere.stderr).toBe("warning: nothing is in namespace shpo; did you mean shop?\n");
      expect(elsewhere.code).toBe(0);
      const lonely = new Commands(installed, user, {});
      const none = await lonely.shell("true");
      expect(none.code).toBe(3);
      expect(none.stderr).toContain("no `kubelane up` of this folder runs");
    });
  });
});
