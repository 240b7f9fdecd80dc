import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWith } from "../support/tools.ts";
import { Commands } from "./inside.ts";
import { NamedServer } from "./servers.ts";
import { mayUnshare, publicPackage, USERS } from "./users.ts";

const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "curl"];

/** Too many routes for one argument of a program. */
const MANY = 1500;
const EXTERNAL = Array.from({ length: MANY }, (_, i) => `203.${i >> 8}.113.${i & 255}`);

const POD = `
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: web, ports: [{ containerPort: 8080 }] }] }
`;

const service = (name: string, spec: object) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { ports: [{ port: 80, targetPort: 8080 }], ...spec },
  });

describeWith(TOOLS, "the addresses of a shell", () => {
  const server = new NamedServer("web");
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(async () => {
    await server.start();
    installed = publicPackage();
  }, 60_000);
  afterAll(() => {
    server.close();
    rmSync(installed.folder, { recursive: true, force: true });
  });

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    const served = (...objects: readonly string[]) =>
      new Commands(installed, user, {
        "all.yaml": [...objects, POD].join("\n---\n"),
        "kubelane.yaml": `
manifests: [all.yaml]
attach: { shop/pod/web: [127.0.0.1:${server.port}] }
`,
      });

    it("may be thousands in no range", async () => {
      const selector = { app: "web" };
      const objects = EXTERNAL.map((address, i) =>
        service(`s${i}`, { externalIPs: [address], selector }),
      );
      const answer = await served(...objects).shell("curl", "-sS", `http://${EXTERNAL.at(-1)}/`);
      expect(answer).toEqual({ code: 0, stdout: "web\n", stderr: "" });
    }, 60_000);
  });
});
