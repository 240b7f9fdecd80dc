import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Commands } from "../shell/inside.ts";
import { mayUnshare, publicPackage, USERS, type User } from "../shell/users.ts";
import { said } from "../support/said.ts";
import { describeWith } from "../support/tools.ts";
import { get, PATIENCE } from "../support/up.ts";

const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "mount"];

const manifests = (color: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { color: ${color} }
---
apiVersion: v1
kind: Secret
metadata: { name: certs, namespace: shop }
stringData: { tls.key: private }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.test/pod:1
          args: ["8080"]
          ports: [{ containerPort: 8080 }]
          livenessProbe: { exec: { command: [sh, -c, "test -r /kubelane-data/settings/color"] } }
          volumeMounts:
            - { name: certs, mountPath: /etc/kubelane-certs, readOnly: true }
            - { name: data, mountPath: /kubelane-data }
            - { name: settings, mountPath: /kubelane-data/settings }
            - { name: settings, mountPath: /etc/kubelane.conf, subPath: color }
        - name: side
          image: registry.test/pod:1
          args: ["9000"]
          volumeMounts: [{ name: data, mountPath: /srv/kubelane/shared }]
      volumes:
        - { name: certs, secret: { secretName: certs, defaultMode: 0400 } }
        - { name: settings, configMap: { name: settings } }
        - { name: data, emptyDir: {} }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;

const FREE = ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays", "--api", "off"];

describeWith(TOOLS, "volumes of local pods with a network of their own", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  async function serve(user: User) {
    const commands = new Commands(installed, user, {
      "all.yaml": manifests("red"),
      "kubelane.yaml": `
manifests: [all.yaml]
network: pods
images: { "registry.test/*": [${installed.node}, pod.mjs] }
`,
    });
    copyFileSync(join(import.meta.dirname, "pod.mjs"), join(commands.folder, "pod.mjs"));
    const up = commands.start("up", ...FREE, "-q");
    const gateway = /^gateway +http:\/\/127\.0\.0\.1:(\d+)\n/m;
    const [listening] = await Promise.all([
      said(up, "stdout", gateway),
      said(up, "stderr", /ready after/),
    ]);
    const port = Number(gateway.exec(listening)?.[1]);
    const ask = async (path: string) =>
      (await get({ port, path, headers: { host: "web.shop" } })).body;
    const stop = async () => {
      if (up.exitCode !== null) return;
      up.kill("SIGTERM");
      await once(up, "close");
    };
    return {
      commands,
      ask,
      stop,
      read: (path: string) => ask(`/file?to=${path}`),
      run: (script: string) => ask(`/run?to=${encodeURIComponent(script)}`),
    };
  }

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    let serving: Awaited<ReturnType<typeof serve>>;
    beforeAll(async () => {
      serving = await serve(user);
    }, 180_000);
    afterAll(() => serving?.stop());

    it("are at their places, which this machine does not have", async () => {
      expect(await serving.read("/etc/kubelane-certs/tls.key")).toBe("private");
      expect(await serving.read("/kubelane-data/settings/color")).toBe("red");
      expect(await serving.read("/etc/kubelane.conf")).toBe("red");
      expect(
        ["/etc/kubelane-certs", "/etc/kubelane.conf", "/kubelane-data"].filter(existsSync),
      ).toEqual([]);
    });

    it("leave everything else as it is", async () => {
      const script =
        "stat -L -c %n /bin/sh /etc/passwd && pwd && grep -c nameserver /etc/resolv.conf";
      const expected = ["/bin/sh", "/etc/passwd", serving.commands.folder, "1", ""];
      expect((await serving.run(script)).split("\n")).toEqual(expected);
    });

    it("have the modes that the manifest says, and are read-only", async () => {
      expect(await serving.run("stat -L -c %a /etc/kubelane-certs/tls.key")).toBe("400\n");
      expect(await serving.run("echo x 2>&1 > /etc/kubelane-certs/y; true")).toMatch(/read-only/i);
    });

    it("are shared between the containers of a pod", async () => {
      expect(await serving.run("echo hello > /kubelane-data/greeting")).toBe("");
      expect(await serving.read("/kubelane-data/greeting")).toBe("hello\n");
      const url = "http://localhost:9000/file?to=/srv/kubelane/shared/greeting";
      expect(await serving.ask(`/ask?to=${encodeURIComponent(url)}`)).toBe("200 hello\n");
    });

    it("follow a change of their ConfigMap while the pod runs, but for a subPath", async () => {
      serving.commands.write("all.yaml", manifests("blue"));
      await expect.poll(() => serving.read("/kubelane-data/settings/color"), PATIENCE).toBe("blue");
      expect(await serving.read("/etc/kubelane.conf")).toBe("red");
    });

    it("are gone when `up` has ended", async () => {
      await serving.stop();
      const left = readdirSync(join(serving.commands.folder, "run"), { recursive: true });
      expect(left.filter((path) => /volumes|tls\.key/.test(String(path)))).toEqual([]);
    });
  });
});
