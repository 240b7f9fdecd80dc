import { once } from "node:events";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Commands } from "../shell/inside.ts";
import { mayUnshare, publicPackage, USERS } from "../shell/users.ts";
import { said } from "../support/said.ts";
import { describeWith } from "../support/tools.ts";
import { get } from "../support/up.ts";

const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;

/** As client-go's rest.InClusterConfig and every other client do it: variables, token and certificate. */
const CLIENT = `
const { readFileSync } = require("node:fs");
const folder = (process.env.KUBELANE_VOLUMES ?? "") + "/var/run/secrets/kubernetes.io/serviceaccount/";
const read = (name) => readFileSync(folder + name, "utf8");
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
require("node:https").get({
  host, port, ca: read("ca.crt"), path: "/api/v1/namespaces/" + read("namespace") + "/pods",
  headers: { authorization: "Bearer " + read("token") },
}, async (response) => {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  console.log(response.statusCode, JSON.parse(Buffer.concat(chunks)).items.length);
}).on("error", ({ message }) => console.log(message));
`;

describeWith(["unshare", "nsenter", "ip", "setpriv", "mount"], "the Kubernetes API", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    it.each(["pods", "host"])(
      "is found by a pod's programs where they look for it, --network %s",
      async (network) => {
        const commands = new Commands(installed, user, {
          "all.yaml": MANIFESTS,
          "client.cjs": CLIENT,
          "kubelane.yaml": `
manifests: [all.yaml]
run: { deploy/web: { command: [${installed.node}, pod.mjs, $PORT] } }
`,
        });
        copyFileSync(join(import.meta.dirname, "pod.mjs"), join(commands.folder, "pod.mjs"));
        const free = ["--dns", "off", "--gateway", "127.0.0.1:0", "--api", "127.0.0.1:0"];
        const up = commands.start("up", ...free, "--network", network, "-q");
        try {
          const gateway = /^gateway +http:\/\/127\.0\.0\.1:(\d+)\n/m;
          const [listening] = await Promise.all([
            said(up, "stdout", gateway),
            said(up, "stderr", /ready after/),
          ]);
          const port = Number(gateway.exec(listening)?.[1]);
          const path = `/run?to=${encodeURIComponent(`${installed.node} client.cjs`)}`;
          const { body } = await get({ port, path, headers: { host: "web.shop" } });
          expect(body).toBe("200 1\n");
        } finally {
          up.kill("SIGTERM");
          await once(up, "close");
        }
      },
      120_000,
    );
  });
});
