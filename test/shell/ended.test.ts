import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { said } from "../support/said.ts";
import { describeWith } from "../support/tools.ts";
import { Commands, familyOf, leftOf } from "./inside.ts";
import { mayUnshare, publicPackage, USERS } from "./users.ts";

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }] }
`;

const TOOLS = ["unshare", "nsenter", "ip", "setpriv"];

describeWith(TOOLS, "a namespace that is killed from outside", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  it.each(USERS.filter(mayUnshare))("has killed its program, as $name", async (user) => {
    const commands = new Commands(installed, user, { "all.yaml": MANIFESTS });
    const words = ["shell", "-f", "all.yaml", "--", "sh", "-c", "echo ready; sleep 1000"];
    const child = commands.start("--verbose", ...words);
    let stderr = "";
    child.stderr?.on("data", (text) => {
      stderr += text;
    });
    await said(child, "stdout", /ready/);
    const family = familyOf(child.pid ?? 0);
    const agent = family.pids.findLast((pid) =>
      /^[^\0]*node\0[^\0]*agent\.js\0$/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")),
    );
    process.kill(agent ?? Number.NaN, "SIGKILL");
    const [code] = await once(child, "close");
    expect({ code, stderr }).toEqual({
      code: 137,
      stderr: expect.stringMatching(/the namespace was killed, and the program with it\n$/),
    });
    expect(stderr).not.toContain("gives a program no network");
    expect(await leftOf(family)).toEqual({ pids: [], namespaces: [] });
  });
});
