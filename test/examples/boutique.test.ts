import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { describeWith, SHARED } from "../support/tools.ts";
import { RunningUp } from "../support/up.ts";

const SERVICE = fileURLToPath(new URL("./boutique-service.mjs", import.meta.url));

/** Each Deployment's stand-in, and what it asks: a variable of its manifest with an address, or one of ours. */
const LOCAL = {
  frontend: ["PRODUCT_CATALOG_SERVICE_ADDR", "CART_SERVICE_ADDR", "env:CURRENCYSERVICE"],
  productcatalogservice: [],
  currencyservice: [],
  cartservice: ["REDIS_ADDR"],
  "redis-cart": [],
};

// Linux: the addresses in the service variables are on the loopback mirror.
const needs = process.platform === "linux" ? ["shared"] : ["shared", "linux"];
describeWith(needs, "Online Boutique, unmodified, five of its Services with local commands", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-boutique-"));
  let up: RunningUp;

  beforeAll(async () => {
    const config = {
      manifests: [join(SHARED, "manifests/online-boutique.yaml")],
      run: Object.fromEntries(
        Object.entries(LOCAL).map(([name, asks]) => [
          `deploy/${name}`,
          { command: [process.execPath, SERVICE, name, ...asks] },
        ]),
      ),
    };
    writeFileSync(join(folder, "kubelane.yaml"), JSON.stringify(config));
    const gateway = await freePort();
    process.env["HTTP_PROXY"] = `http://127.0.0.1:${gateway}`;
    const listen = ["--dns", "127.0.0.1:0", "--gateway", `127.0.0.1:${gateway}`];
    up = new RunningUp(listen, { cwd: folder });
    delete process.env["HTTP_PROXY"];
    await up.until(({ stderr }) =>
      Object.keys(LOCAL).every((name) => new RegExp(`^${name}-\\S+: ready$`, "m").test(stderr)),
    );
    await up.ready();
  }, 180_000);

  afterAll(async () => {
    await up.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("call each other by production names and service variables", async () => {
    expect(await up.get("frontend")).toEqual({
      status: 200,
      body: "frontend(productcatalogservice cartservice(redis-cart) currencyservice)",
    });
  });

  it("say of the others why they have no live pod", async () => {
    const { status, body } = await up.get("adservice.default:9555");
    expect(status).toBe(503);
    expect(body).toContain("no `run`, `attach`, `images` or `stub` entry for it in kubelane.yaml");
  });
});
