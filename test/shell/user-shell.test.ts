import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../support/tools.ts";
import { Commands } from "./inside.ts";
import { mayUnshare, publicPackage, USERS } from "./users.ts";

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.50, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-1, namespace: shop }
spec:
  hostAliases: [{ ip: 10.96.0.50, hostnames: [web.legacy.example, legacy] }]
  containers: [{ name: main, image: web }]
`;

const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "getent"];

describeWith(TOOLS, "kubelane shell", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  const users = USERS.filter(mayUnshare);

  it.each(users)("reads a script from its input, without prompts, as $name", async (user) => {
    const commands = new Commands(installed, user, { "all.yaml": MANIFESTS });
    const script = "echo in $KUBELANE_SHELL\ngetent hosts web\nexit 3\n";
    const outcome = await commands.run(["shell", "-f", "all.yaml", "-n", "shop"], script);
    expect(outcome).toEqual({
      code: 3,
      stdout: expect.stringMatching(/^in shop\n10\.96\.0\.50 +web\.shop\.svc\.cluster\.local\n$/),
      stderr: "",
    });
  });

  it.each(users)("knows the names that a pod's hostAliases give, as $name", async (user) => {
    const commands = new Commands(installed, user, { "all.yaml": MANIFESTS });
    const eyes = ["-f", "all.yaml", "-n", "shop", "--as", "pod/web-1"];
    const { code, stdout } = await commands.run([
      "shell",
      ...eyes,
      "--",
      "getent",
      "hosts",
      "legacy",
    ]);
    expect(stdout).toMatch(/^10\.96\.0\.50 +web\.legacy\.example legacy\n$/);
    expect(code).toBe(0);
  });
});
