import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
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
