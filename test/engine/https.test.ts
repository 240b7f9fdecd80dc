import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, WebSocket } from "undici";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { createEngine, type Engine } from "../../src/engine/engine.ts";

let folder: string;
let engine: Engine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-https-"));
});

afterEach(async () => {
  await engine.close({ grace: 0 });
  rmSync(folder, { recursive: true });
});

function status(port: number, servername: string): Promise<number> {
  const ca = readFileSync(join(folder, "data", "authority.crt"));
  return new Promise((resolve, reject) => {
    https
      .get({ host: "127.0.0.1", port, servername, headers: { host: servername }, ca, agent: false })
      .on("response", (res) => resolve(res.resume().statusCode ?? 0))
      .on("error", reject);
  });
}

test("the gateway speaks TLS with certificates of an authority that stays, and whose key is the user's", async () => {
  for (let run = 0; run < 2; run++) {
    engine = createEngine({ dataFolder: join(folder, "data") });
    await engine.load([
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: "shop" },
        spec: { ports: [{ port: 80 }] },
      } as never,
    ]);
    const { https: bound } = await engine.listen({ https: { listen: "127.0.0.1:0" } });
    // The first connection makes the authority: without its certificate nothing can be asked yet.
    if (run === 0) {
      await new Promise((resolve) => {
        https
          .get({
            host: "127.0.0.1",
            port: bound?.port,
            servername: "a.b",
            rejectUnauthorized: false,
          })
          .on("response", resolve)
          .on("error", resolve);
      });
    }
    expect(await status(bound?.port ?? 0, "web.shop.localhost")).toBe(503);
    expect(await status(bound?.port ?? 0, "nobody.example.com")).toBe(404);
    if (run === 0) await engine.close({ grace: 0 });
  }
  expect(statSync(join(folder, "data", "authority.key")).mode & 0o777).toBe(0o600);
});

test("a client that speaks HTTP/2 has its WebSocket there, compressed, at a pod that knows nothing of HTTP/2", async () => {
  const pod = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    perMessageDeflate: { threshold: 0 },
  });
  pod.on("connection", (socket) =>
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  await once(pod, "listening");
  const { port } = pod.address() as AddressInfo;
  engine = createEngine({ localAddressOf: () => ({ host: "127.0.0.1", port }) });
  await engine.load([
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "shop" },
      spec: { ports: [{ port: 80 }] },
    },
    {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "web", namespace: "shop" },
      subsets: [{ addresses: [{ ip: "10.244.0.1" }], ports: [{ port: 80 }] }],
    },
  ] as never[]);
  const protocols: string[] = [];
  engine.on("traffic", ({ kind, protocol }) => protocols.push(`${kind} ${protocol}`));
  const { https: bound } = await engine.listen({ https: { listen: "127.0.0.1:0" } });
  const dispatcher = new Agent({
    allowH2: true,
    connect: {
      rejectUnauthorized: false,
      lookup: (_host, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    },
  });
  const url = `wss://web.shop.localhost:${bound?.port}/`;
  const socket = new WebSocket(url, { dispatcher });
  socket.binaryType = "arraybuffer";
  await once(socket, "open");
  expect(socket.extensions).toContain("permessage-deflate");
  for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
    const bytes = randomBytes(length);
    const text = bytes.toString("hex");
    for (const message of [bytes, text]) {
      const back = once(socket, "message");
      socket.send(message);
      const [{ data }] = await back;
      expect(typeof data === "string" ? data : Buffer.from(data)).toEqual(message);
    }
  }
  socket.close(4_000, "enough");
  const [{ code, reason }] = await once(socket, "close");
  expect({ code, reason }).toEqual({ code: 4_000, reason: "enough" });
  // It leaves its half of the stream open.
  await dispatcher.destroy();
  await expect.poll(() => protocols, { timeout: 60_000 }).toEqual(["upgrade HTTP/2"]);
  pod.close();
});
