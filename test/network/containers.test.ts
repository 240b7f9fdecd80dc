import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Commands, familyOf, leftOf } from "../shell/inside.ts";
import { mayUnshare, publicPackage, USERS, type User } from "../shell/users.ts";
import { describeWith } from "../support/tools.ts";

const TOOLS = [
  "podman",
  "runc",
  "busybox",
  "newuidmap",
  "unshare",
  "nsenter",
  "ip",
  "setpriv",
  "mount",
];

const IMAGE = "kubelane.test/box:1";

/** No command line, log or error may show it. */
const SECRET = "hunter-two";

const MANIFESTS = `
apiVersion: v1
kind: ConfigMap
metadata: { name: page, namespace: shop }
data: { index.html: "a page of a ConfigMap\\n" }
---
apiVersion: v1
kind: Secret
metadata: { name: login, namespace: shop }
stringData: { password: ${SECRET}, several: "two\\nlines" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      initContainers:
        - { name: copy, image: "${IMAGE}", args: [cp, /page/index.html, /www/], volumeMounts: &both [{ name: page, mountPath: /page }, { name: www, mountPath: /www }] }
      containers:
        - name: web
          image: ${IMAGE}
          args: [httpd, -f, -p, $(LISTEN), -h, /www]
          env: [{ name: LISTEN, value: "8080" }]
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { port: 8080, path: /index.html }, periodSeconds: 1 }
          livenessProbe: { exec: { command: [/bin/sh, -c, "test $(hostname) = $HOSTNAME"] }, periodSeconds: 1 }
          volumeMounts: *both
      volumes: [{ name: page, configMap: { name: page } }, { name: www, emptyDir: {} }]
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: ask, namespace: shop }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: ask
          image: ${IMAGE}
          command: [/bin/sh, -c]
          args: ["until wget -qO- http://web/; do sleep 0.2; done; echo $PATH_OF, $PATH, \${#PASSWORD} letters; echo \\"$SEVERAL\\"; id -u; exit 7"]
          workingDir: /tmp
          securityContext: { runAsUser: 1234 }
          env:
            - { name: PATH, value: /bin:/of/the/container }
            - { name: PATH_OF, value: it has }
            - { name: PASSWORD, valueFrom: { secretKeyRef: { name: login, key: password } } }
            - { name: SEVERAL, valueFrom: { secretKeyRef: { name: login, key: several } } }
`;

const CONFIG = `
manifests: [k8s.yaml]
run: { deploy/web: { container: true } }
containers: podman
network: pods
`;

describeWith(TOOLS, "containers in the network of pods", () => {
  let installed: ReturnType<typeof publicPackage>;
  const before = { ...process.env };

  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => {
    rmSync(installed.folder, { recursive: true, force: true });
    for (const name of ["CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "XDG_RUNTIME_DIR"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });

  describe.each(USERS.filter(mayUnshare))("of $name", (user) => {
    let engine = "";
    let commands: Commands;
    let up: ChildProcess;

    const start = async () => {
      const child = await commands.up("--offline");
      for (const [name, condition] of [
        ["deploy/web", "Available"],
        ["job/ask", "Failed"],
      ]) {
        const waiting = ["wait", `${name}`, "-n", "shop", "--for", `condition=${condition}`];
        const { code, stderr } = await commands.run([...waiting, "--timeout", "120s"]);
        expect([code, stderr]).toEqual([0, ""]);
      }
      return child;
    };

    const podman = (...args: string[]) => {
      const [program = "", ...words] = [...asUser(user), "podman", ...args];
      const { stdout, stderr, status } = spawnSync(program, words, {
        encoding: "utf8",
        cwd: commands.folder,
        env: { ...process.env, HOME: join(commands.folder, "home") },
      });
      return status === 0 ? stdout.trim() : `${stdout}${stderr}`;
    };

    /** Runs a command with numbers of users of its own, as a container's have to be some. */
    const asUser = ({ prefix, name }: User): string[] => {
      if (name === "root" || prefix.length === 0) return [...prefix];
      const subordinate = join(engine, "subid");
      writeFileSync(subordinate, "nobody:100000:65536\n");
      const script = `mount --bind ${subordinate} /etc/subuid; mount --bind ${subordinate} /etc/subgid; exec "$@"`;
      return ["unshare", "--mount", "--", "sh", "-c", script, "sh", ...prefix];
    };

    beforeAll(async () => {
      // Not in the package's folder: podman's clean-up refuses to run when the path of `runroot` has more than 50
      // characters, and `podman run` then waits 20 s for it.
      engine = makeEngine(mkdtempSync(join(tmpdir(), "engine-")), user);
      const prefix = asUser(user);
      const files = { "k8s.yaml": MANIFESTS, "kubelane.yaml": CONFIG };
      commands = new Commands(installed, { ...user, prefix }, files);
      expect(
        podman(
          "import",
          "--change",
          'ENTRYPOINT ["/bin/busybox"]',
          join(engine, "image.tar"),
          IMAGE,
        ),
      ).toMatch(/sha256:/);
      up = await start();
    }, 180_000);
    afterAll(async () => {
      if (up !== undefined && up.exitCode === null && up.signalCode === null) {
        up.kill("SIGKILL");
        await once(up, "close");
      }
      podman("rm", "--all", "--force", "--time", "0");
      // Ends the process that keeps an ordinary user's namespace.
      podman("system", "migrate");
      rmSync(engine, { recursive: true, force: true });
    }, 60_000);

    it("answer by the name of their Service, and read volumes, variables and files", async () => {
      const { stdout, code } = await commands.shell("busybox", "wget", "-qO-", "http://web/");
      expect([stdout, code]).toEqual(["a page of a ConfigMap\n", 0]);
      const logs = await commands.run(["logs", "-n", "shop", "job/ask"]);
      expect(logs.stdout).toContain(
        `a page of a ConfigMap\nit has, /bin:/of/the/container, ${SECRET.length} letters\ntwo\nlines\n1234\n`,
      );
      const pods = await commands.run(["get", "pods", "-n", "shop", "-o", "json"]);
      const ask = JSON.parse(pods.stdout).items.find(
        ({ metadata }: { metadata: { name: string } }) => metadata.name.startsWith("ask-"),
      );
      expect(ask.status.containerStatuses[0].state.terminated.exitCode).toBe(7);
    }, 60_000);

    it("show no secret in a command line", () => {
      const lines = commandLines(familyOf(up.pid ?? 0).pids);
      // Not the lines themselves: a failure would print them.
      expect(lines.some((line) => line.includes(SECRET))).toBe(false);
      expect(lines.some((line) => line.includes("--name kubelane-web-"))).toBe(true);
    });

    it("are in the network namespace of their pod, with its address alone", () => {
      const names = podman("ps", "--format", "{{.Names}}").split("\n");
      const webs = names.filter((name) => name.startsWith("kubelane-web-"));
      const found = webs.map((name) =>
        podman("exec", name, "/bin/busybox", "ip", "-o", "-4", "addr"),
      );
      expect(found.map((text) => /eth0\s+inet 10\.244\./.test(text))).toEqual([true]);
    });

    it("run commands beside, with the container's variables", async () => {
      const script = 'read -r word; echo "$word $LISTEN $(hostname)"; exit 3';
      const words = ["exec", "-i", "-n", "shop", "deploy/web", "--", "/bin/sh", "-c", script];
      const { stdout, code } = await commands.run(words, "hello\n");
      expect([stdout, code]).toEqual([expect.stringMatching(/^hello 8080 web-[a-z0-9-]+\n$/), 3]);
    }, 60_000);

    it("end with `up`, and leave nothing", async () => {
      const family = familyOf(up.pid ?? 0);
      const closed = once(up, "close");
      up.kill("SIGTERM");
      await closed;
      expect(podman("ps", "--all", "--quiet")).toBe("");
      // The engine keeps a user namespace of its own.
      const networks = family.namespaces.filter((name) => name.startsWith("net:"));
      expect(networks.length).toBeGreaterThan(0);
      const left = await leftOf({ ...family, namespaces: networks });
      expect(left).toEqual({ pids: [], namespaces: [] });
    }, 60_000);

    it("are removed when `up` is killed", async () => {
      up = await start();
      expect(podman("ps", "--quiet")).not.toBe("");
      const closed = once(up, "close");
      up.kill("SIGKILL");
      await closed;
      await expect.poll(() => podman("ps", "--all", "--quiet"), { timeout: 60_000 }).toBe("");
    }, 120_000);
  });
});

function commandLines(pids: readonly number[]): string[] {
  return pids.flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")];
    } catch {
      return [];
    }
  });
}

/**
 * Storage of its own for the engine, and the files of an image: no registry is asked.
 * @returns the folder
 */
function makeEngine(folder: string, { name, prefix }: User): string {
  chmodSync(folder, 0o755);
  const isOther = name !== "root" && prefix.length > 0;
  for (const each of ["graph", "run"]) {
    mkdirSync(join(folder, each), { mode: 0o700 });
    if (isOther) chownSync(join(folder, each), 65534, 65534);
  }
  const files = {
    "storage.conf": `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run/containers"\n`,
    // What a container of the tests' own machine may lack: cgroups of version 2, and the right to raise limits.
    "containers.conf": `[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n[engine]\nevents_logger = "none"\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n`,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  process.env["CONTAINERS_STORAGE_CONF"] = join(folder, "storage.conf");
  process.env["CONTAINERS_CONF"] = join(folder, "containers.conf");
  process.env["XDG_RUNTIME_DIR"] = join(folder, "run");
  const root = join(folder, "image");
  for (const each of ["bin", "etc", "tmp"]) mkdirSync(join(root, each), { recursive: true });
  const { stdout } = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" });
  copyFileSync(stdout.trim(), join(root, "bin/busybox"));
  chmodSync(join(root, "bin/busybox"), 0o755);
  for (const each of ["sh", "cp", "wget", "sleep", "id", "hostname"]) {
    symlinkSync("busybox", join(root, "bin", each));
  }
  spawnSync("tar", ["-C", root, "-cf", join(folder, "image.tar"), "."]);
  chmodSync(join(folder, "image.tar"), 0o644);
  return folder;
}
