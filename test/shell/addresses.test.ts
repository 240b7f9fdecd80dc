import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWith } from "../support/tools.ts";
import { Commands } from "./inside.ts";
import { NamedServer } from "./servers.ts";
import { mayUnshare, publicPackage, USERS } from "./users.ts";

const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "curl"];

const hasSix = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);
const describeSix = hasSix
  ? describe
  : (name: string, run: () => void) =>
      describe.skip(`${name} [skipped: this machine has no IPv6]`, run);

/** Too many routes for one argument of a program. */
const MANY = 1500;
const EXTERNAL = Array.from({ length: MANY }, (_, i) => `203.${i >> 8}.113.${i & 255}`);

const POD = `
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: web, ports: [{ containerPort: 8080 }] }] }
`;

const RANGES = JSON.stringify({
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: "more" },
  spec: { cidrs: ["172.20.0.0/16", "fd00:10:96::/112"] },
});

const SIX = "fd00:10:96::5";

const slice = (port: number) =>
  JSON.stringify({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "six-1", namespace: "shop", labels: { "kubernetes.io/service-name": "six" } },
    addressType: "IPv6",
    ports: [{ name: "", port }],
    endpoints: [{ addresses: ["::1"] }],
  });

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
  }, 180_000);
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
    }, 180_000);

    it("are refused in the range of a ServiceCIDR, whether a Service has them or not", async () => {
      const empty = served(RANGES, service("empty", { clusterIP: "172.20.0.7" }));
      for (const host of ["empty", "172.20.200.200", "[fd00:10:96::200]"]) {
        const { code, stderr } = await empty.shell("curl", "-sSv", `http://${host}/`);
        expect(code).toBe(7);
        expect(stderr).toContain("Connection refused");
      }
    });

    describeSix("of IPv6", () => {
      const six = createServer((request, response) => response.end(`${request.headers.host}\n`));
      beforeAll(() => new Promise<void>((resolve) => six.listen(0, "::1", () => resolve())));
      afterAll(() => void six.close());

      it.each([
        ["in the range of a ServiceCIDR", "http://six/", SIX, {}],
        ["in no range", "http://[2001:db8::9]/", SIX, { externalIPs: ["2001:db8::9"] }],
      ])("lead to Services %s", async (_name, url, clusterIP, more) => {
        const families = { ipFamilies: ["IPv6"], ipFamilyPolicy: "SingleStack" };
        const { port } = six.address() as AddressInfo;
        const objects = [RANGES, service("six", { clusterIP, ...families, ...more }), slice(port)];
        const answer = await served(...objects).shell("curl", "-sS", url);
        expect(answer.stdout).toBe(`${new URL(url).host}\n`);
      });
    });
  });
});
