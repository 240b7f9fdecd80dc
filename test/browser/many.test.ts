import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/tools.ts";
import { RunningUp } from "../support/up.ts";
import { expectAccessible, openChromium, openPage, screenshot } from "./chromium.ts";

/** A Service with two pods as a dump of a cluster has them; of every fortieth one none is ready. */
function service(index: number, namespace: string): string {
  const name = `${["cart", "pay", "stock", "search", "mail"][index % 5]}-${index}`;
  const isReady = index % 40 !== 7;
  const pods = [0, 1].map((replica) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      name: `${name}-${replica}`,
      labels: { app: name, tier: index % 2 ? "a" : "b" },
    },
    spec: { containers: [{ name: "main", image: "x", ports: [{ containerPort: 8080 }] }] },
    status: {
      phase: "Running",
      podIP: `10.244.${index}.${replica + 1}`,
      conditions: [
        { type: "Ready", status: isReady ? "True" : "False", message: "probe failed: 503" },
      ],
      containerStatuses: [
        {
          name: "main",
          image: "x",
          imageID: "",
          ready: isReady,
          restartCount: 0,
          started: true,
          state: { running: {} },
        },
      ],
    },
  }));
  const of = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  };
  return [of, ...pods].map((object) => `---\n${JSON.stringify(object)}\n`).join("");
}

describeWith(["chromium"], "the page over 200 Services", () => {
  let folder: string;
  let up: RunningUp;
  let chromium: BrowserContext;
  let link: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "kubelane-many-"));
    const many = Array.from({ length: 200 }, (_, index) =>
      service(index, index < 20 ? "front" : index < 40 ? "shop" : "back"),
    );
    writeFileSync(join(folder, "k8s.yaml"), many.join(""));
    up = new RunningUp(
      [
        ...["-f", "k8s.yaml", "--gateway", "127.0.0.1:0", "--dns", "off", "--api", "off"],
        "--no-relays",
      ],
      { cwd: folder },
    );
    await up.ready();
    link = up.pageLink;
    chromium = await openChromium();
  });

  afterAll(async () => {
    await chromium?.close();
    await up?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("draws namespaces with lines or as tiles, and what is wrong first", async () => {
    const { page, complaints } = await openPage(chromium, link);
    await page.getByText("200 Services, 400 pods").waitFor();
    const back = page.getByRole("region", { name: /^back/ });
    expect(await back.locator(".tile").first().innerText()).toMatch(/no live pod · 0\/2/);
    await expectAccessible(page);
    await screenshot(page, "many", "seen");
    await page.getByRole("region", { name: /^shop/ }).scrollIntoViewIfNeeded();
    await page.getByRole("link", { name: /^stock-22 ready/ }).waitFor();
    // What is far from the screen is not drawn.
    const drawn = await page.locator("a.node.service, a.tile").count();
    expect(drawn).toBeLessThan(200);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("finds one among them by its name, labels and what is wrong", async () => {
    const { page, complaints } = await openPage(chromium, link);
    const names = () => page.locator("a.node.service .name, .tile .tile-name").allTextContents();
    await page.getByText("200 Services, 400 pods").waitFor();
    await page.getByLabel("Search").fill("mail-199");
    await expect.poll(names).toEqual(["mail-199"]);
    await page.getByLabel("Search").fill("");
    await page.getByLabel("Only what is wrong").check();
    await expect
      .poll(async () => (await names()).sort())
      .toEqual(["stock-127", "stock-167", "stock-47", "stock-7", "stock-87"]);
    await page.getByLabel("Namespace").selectOption("front");
    await expect.poll(names).toEqual(["stock-7"]);
    await page.getByLabel("Only what is wrong").uncheck();
    await page.getByLabel("Labels").fill("app in (cart-0,pay-1,pay-101),tier=a");
    await expect.poll(names).toEqual(["pay-1"]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
