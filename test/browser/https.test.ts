import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { trustSteps } from "../../src/cli/trust/trust-steps.ts";
import { describeWith } from "../support/tools.ts";
import { RunningUp } from "../support/up.ts";
import { openChromium } from "./chromium.ts";

const MANIFEST = `apiVersion: v1
kind: Service
metadata: { name: shop, namespace: default }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: default }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, image: shop, ports: [{ containerPort: 8080 }] }] }
`;

/** A page, and a WebSocket that says again what it is told. */
const SERVER = `
  const server = require("http").createServer((q, a) => {
    a.setHeader("content-type", "text/html");
    a.end("<title>shop</title><h1>the shop</h1>");
  });
  const { WebSocketServer } = require(${JSON.stringify(resolve("node_modules/ws"))});
  new WebSocketServer({ server }).on("connection", (socket) =>
    socket.on("message", (text) => socket.send("heard " + text)));
  server.listen(process.env.PORT);
`;

describeWith(["chromium", "certutil"], "https in a browser that trusts the authority", () => {
  let folder: string;
  let up: RunningUp;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "kubelane-https-"));
    vi.stubEnv("KUBELANE_DATA_DIR", join(folder, "data"));
    writeFileSync(join(folder, "shop.yaml"), MANIFEST);
    const run = { "deploy/shop": { command: [process.execPath, "-e", SERVER] } };
    writeFileSync(join(folder, "kubelane.yaml"), JSON.stringify({ manifests: ["shop.yaml"], run }));
    up = new RunningUp(
      [
        "--dns",
        "off",
        "--no-relays",
        "--gateway",
        "127.0.0.1:0",
        "--https",
        "127.0.0.1:0",
        "--network",
        "host",
      ],
      { cwd: folder },
    );
    await up.ready();
    const [, port] = /https:\/\/127\.0\.0\.1:(\d+)/.exec(up.stdout) ?? [];
    url = `https://shop.localhost:${port}/`;
  }, 180_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await up.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a page comes over HTTP/2 and speaks WebSocket, once kubelane trust's step is done", async () => {
    const home = join(folder, "home");
    const wary = await openChromium(home);
    const refused = await wary.newPage();
    await expect(refused.goto(url)).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
    await wary.close();

    const steps = trustSteps("linux", join(folder, "data", "authority.crt"), home);
    const [program = "", ...args] =
      steps.find(({ who }) => who.includes("Chromium"))?.command ?? [];
    const done = spawnSync(program, args, { encoding: "utf8" });
    expect([done.status, done.stderr]).toEqual([0, ""]);

    const chromium = await openChromium(home);
    try {
      const page = await chromium.newPage();
      const session = await chromium.newCDPSession(page);
      await session.send("Network.enable");
      const seen: { page?: string; state?: string; socket?: number } = {};
      session.on("Network.responseReceived", ({ response, type }) => {
        if (type !== "Document") return;
        seen.page = response.protocol ?? "";
        seen.state = response.securityState;
      });
      session.on("Network.webSocketHandshakeResponseReceived", ({ response }) => {
        seen.socket = response.status;
      });
      await page.goto(url);
      expect(await page.locator("h1").innerText()).toBe("the shop");
      const heard = await page.evaluate(
        () =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(location.href.replace("https", "wss"));
            socket.onopen = () => socket.send("hello");
            socket.onmessage = ({ data }) => {
              socket.close();
              resolve(String(data));
            };
            socket.onclose = ({ code }) => resolve(`closed with ${code}`);
          }),
      );
      expect(heard).toBe("heard hello");
      // A WebSocket that was opened over HTTP/2 is answered with 200 in place of 101 (RFC 8441 section 5).
      expect(seen).toEqual({ page: "h2", state: "secure", socket: 200 });
    } finally {
      await chromium.close();
    }
  });
});
