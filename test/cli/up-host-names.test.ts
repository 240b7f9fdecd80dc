import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunningUp } from "../support/up.ts";

const workload = (name: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: main
          ports: [{ containerPort: 8080 }]
          env: [{ name: NODE_OPTIONS, value: --no-deprecation }]
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 8080 }] }
`;

/** Asks a URL as Node does, or by the proxy of its variables. */
const PROGRAM = `
import { createServer, get } from "node:http";
import { text } from "node:stream/consumers";
const byProxy = (url) => new Promise((resolve) => {
  const { hostname, port, username, password } = new URL(process.env.HTTP_PROXY);
  const credentials = Buffer.from(username + ":" + password).toString("base64");
  const headers = { "proxy-authorization": "Basic " + credentials, host: new URL(url).host };
  get({ hostname, port, path: url, headers, agent: false }, async (answer) => resolve(await text(answer)));
});
const byNode = (url) => fetch(url).then((answer) => answer.text(), ({ cause }) => cause.code);
createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://pod");
  const answers = { "/node": byNode, "/proxy": byProxy, "/env": (name) => process.env[name] ?? "" };
  const answer = answers[pathname] ?? (() => process.env.POD_NAME);
  response.end(await answer(searchParams.get("to")));
}).listen(process.env.PORT);
`;

describe("pods on the machine's network", () => {
  let folder: string;
  let up: RunningUp;
  let outside: Server;
  let outsideUrl: string;
  const ask = async (host: string, path: string, to: string) =>
    (await up.get(host, `${path}?to=${encodeURIComponent(to)}`)).body;

  beforeAll(async () => {
    outside = createServer((_request, response) => response.end("outside"));
    await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
    outsideUrl = `http://localhost:${(outside.address() as AddressInfo).port}/`;
    folder = mkdtempSync(join(tmpdir(), "kubelane-"));
    writeFileSync(join(folder, "all.yaml"), ["web", "plain"].map(workload).join("---\n"));
    writeFileSync(join(folder, "pod.mjs"), PROGRAM);
    const command = JSON.stringify([process.execPath, "pod.mjs"]);
    writeFileSync(
      join(folder, "kubelane.yaml"),
      `manifests: [all.yaml]\nrun:\n  deploy/web: { command: ${command} }\n  deploy/plain: { command: ${command}, register: false }\n`,
    );
    const quick = ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays", "--api", "off"];
    up = new RunningUp([...quick, "--network", "host", "--access-log", "json"], { cwd: folder });
    await up.ready();
  }, 180_000);
  afterAll(async () => {
    await up.stop();
    outside.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("have the names of their namespace in Node, beside options of their own", async () => {
    expect(await ask("web.shop", "/node", "http://plain/")).toMatch(/^plain-/);
    expect(await ask("web.shop", "/env", "NODE_OPTIONS")).toMatch(
      /^--no-deprecation --import=file:\S+\/register\/index\.js$/,
    );
  });

  it("have none of that with register: false", async () => {
    expect(await ask("plain.shop", "/env", "NODE_OPTIONS")).toBe("--no-deprecation");
    expect(await ask("plain.shop", "/node", "http://web/")).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/);
  });

  it("have short names and hosts outside by the proxy of their variables", async () => {
    expect(await ask("plain.shop", "/proxy", "http://web/")).toMatch(/^web-/);
    expect(await ask("plain.shop", "/proxy", outsideUrl)).toBe("outside");
  });

  it("keep their secret to themselves", async () => {
    const url = await ask("plain.shop", "/env", "http_proxy");
    const [, secret = ""] = /^http:\/\/shop:(\S{32})@127\.0\.0\.1:\d+$/.exec(url) ?? [];
    expect(secret).not.toBe("");
    for (const name of ["HTTPS_PROXY", "all_proxy"]) {
      expect([url, ""]).toContain(await ask("plain.shop", "/env", name));
    }
    await ask("plain.shop", "/proxy", "http://nobody/");
    const described = await up.command("describe", "svc/web", "-n", "shop");
    expect(up.stdout + up.stderr + described.stdout).not.toContain(secret);
    expect((await up.get("nobody.shop")).body).not.toContain(secret);
  });

  it("are said by describe to know what they do", async () => {
    const { stdout: names } = await up.command("get", "pods", "-n", "shop", "-o", "name");
    const [pod = ""] = names.split("\n");
    const { stdout } = await up.command("describe", pod, "-n", "shop");
    expect(stdout).toContain("names that its programs know\n  Node: all, short ones as in shop");
  });
});
