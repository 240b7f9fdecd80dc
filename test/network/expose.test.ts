import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boundSockets, socketInodes } from "../../src/net/socket-table.ts";
import { Commands } from "../shell/inside.ts";
import { mayUnshare, publicPackage, USERS } from "../shell/users.ts";
import { freePort } from "../support/free-port.ts";
import { describeWith } from "../support/tools.ts";
import { get, PATIENCE } from "../support/up.ts";

/** A server at the pod's address, and a dev server on each of its two loopback addresses. */
const PROGRAM = `
import { createServer } from "node:http";
const [web, four, six] = process.argv.slice(2);
const say = (word) => createServer((request, response) => response.end(word));
say("web of " + process.env.HOSTNAME).listen(web);
say("on 127.0.0.1").listen(four, "127.0.0.1");
say("on ::1").listen(six, "::1");
`;

const MANIFEST = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  serviceName: web
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: web }] }
`;

describeWith(
  ["unshare", "nsenter", "ip", "setpriv"],
  "what pods with a network of their own listen on",
  () => {
    let installed: ReturnType<typeof publicPackage>;
    beforeAll(() => {
      installed = publicPackage();
    }, 180_000);
    afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

    describe.each(USERS.filter(mayUnshare))("started by $name", (user) => {
      let ports: { web: number; four: number; six: number; debug: number };
      let commands: Commands;
      let up: ChildProcess;

      const wide = async () =>
        (await commands.run(["get", "pods", "-n", "shop", "-o", "wide"])).stdout;

      /** Where the ports of a pod are on this machine, as `get` says. */
      const exposedOf = async (pod: string): Promise<Record<number, number>> => {
        const line = (await wide()).split("\n").find((each) => each.startsWith(pod)) ?? "";
        const cell =
          line
            .trim()
            .split(/\s{2,}/)
            .at(-1) ?? "";
        const pairs = cell.split(",").map((each) => each.split(":").map(Number));
        return Object.fromEntries(pairs.map(([at = 0, port = at]) => [port, at]));
      };

      /** What the running `up` and what it started listen on, on this machine. */
      const listened = (): string[] => {
        const inodes = new Set(socketInodes(up.pid ?? 0));
        return boundSockets("TCP")
          .filter(({ inode }) => inodes.has(inode))
          .map(({ host, port }) => `${host}:${port}`)
          .filter((each) => !each.startsWith("127.254."))
          .sort();
      };

      const configuration = (replicas: number): string => {
        const { web, four, six, debug } = ports;
        const words = ["web.mjs", web, four, six].map(String);
        const command = [installed.node, `--inspect=${debug}`, ...words];
        const run = { "sts/web": { command, replicas } };
        return JSON.stringify({ manifests: ["web.yaml"], network: "pods", run });
      };

      const start = async (...options: string[]) => {
        commands.write("kubelane.yaml", configuration(2));
        up = await commands.up("--offline", "--api", "off", ...options);
      };

      const end = async () => {
        if (up === undefined || up.exitCode !== null || up.signalCode !== null) return;
        const closed = once(up, "close");
        up.kill("SIGTERM");
        await closed;
      };

      beforeAll(async () => {
        commands = new Commands(installed, user, { "web.yaml": MANIFEST, "web.mjs": PROGRAM });
        const [web, four, six, debug] = [1, 2, 3, 4].map(() => freePort());
        ports = { web: await web!, four: await four!, six: await six!, debug: await debug! };
        await start();
      }, 120_000);
      afterAll(end, 60_000);

      it("is at 127.0.0.1: at the same port of the first pod, at a next one of others", async () => {
        const { web, four, six, debug } = ports;
        await expect
          .poll(async () => Object.keys(await exposedOf("web-1")), PATIENCE)
          .toHaveLength(4);
        expect(await exposedOf("web-0")).toEqual({
          [web]: web,
          [four]: four,
          [six]: six,
          [debug]: debug,
        });
        expect((await get({ port: web })).body).toBe("web of web-0");
        const second = (await exposedOf("web-1"))[web];
        expect(second).not.toBe(web);
        expect((await get({ port: second ?? 0 })).body).toBe("web of web-1");
      }, 120_000);

      it("is reached where it is on the pod's localhost alone: dev servers and debuggers", async () => {
        const { four, six, debug } = ports;
        expect((await get({ port: four })).body).toBe("on 127.0.0.1");
        expect((await get({ port: six })).body).toBe("on ::1");
        const { body } = await get({ port: debug, path: "/json/list" });
        expect(JSON.parse(body)[0].url).toMatch(/web\.mjs$/);
      }, 60_000);

      it("is said by describe", async () => {
        const { stdout } = await commands.run(["describe", "pod/web-0", "-n", "shop"]);
        expect(stdout).toContain(`127.0.0.1:${ports.debug} leads to its port ${ports.debug}`);
      }, 60_000);

      it("is all that listens, and on no other address", async () => {
        const all = [await exposedOf("web-0"), await exposedOf("web-1")].flatMap(Object.values);
        expect(listened()).toEqual(all.map((port) => `127.0.0.1:${port}`).sort());
      }, 60_000);

      it("goes with its pod", async () => {
        const { [ports.web]: port = 0 } = await exposedOf("web-1");
        commands.write("kubelane.yaml", configuration(1));
        const code = () => get({ port }).then(String, (error) => error.code);
        await expect.poll(code, PATIENCE).toBe("ECONNREFUSED");
        await expect.poll(() => listened(), PATIENCE).toHaveLength(4);
      }, 180_000);

      it("is nothing with `expose: off`, and only what is named where something is", async () => {
        await end();
        await start("--expose", "off");
        expect([listened(), await wide()]).toEqual([[], expect.not.stringContaining("127.0.0.1")]);
        await end();
        // Somebody has the port that is named.
        const server = createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as { port: number };
        await start("--expose", `${port}:${ports.web}`);
        await expect.poll(() => listened().length, PATIENCE).toBe(2);
        expect(Object.keys(await exposedOf("web-0"))).toEqual([`${ports.web}`]);
        expect(listened()).not.toContain(`127.0.0.1:${port}`);
        server.close();
      }, 180_000);
    });
  },
);
