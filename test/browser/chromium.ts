import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import axe from "axe-core";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { expect, onTestFailed } from "vitest";

/**
 * Debian's, in a profile of its own; it asks nobody for anything but the pages.
 * @param home the folder that is the user's: certificates that the user trusts are below it
 */
export async function openChromium(home?: string): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), "kubelane-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    ...(home !== undefined && { env: { ...process.env, HOME: home } }),
    viewport: { width: 1280, height: 850 },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  context.setDefaultTimeout(120_000);
  // Its processes write there until they are gone.
  context.on("close", () => {
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
    } catch {
      // The browser's last process may still write there: what is left is the temporary folder's.
    }
  });
  return context;
}

/**
 * A page, and everything that it complains of: nothing must be left when a test ends. When the test fails, what the
 * page showed is printed.
 * @param init runs in the page before its own scripts
 */
export async function openPage(
  context: BrowserContext,
  url: string,
  init?: () => void,
): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage();
  if (init !== undefined) await page.addInitScript(init);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  const refused: string[] = [];
  page.on("response", async (response) => {
    if (response.status() < 400) return;
    const request = response.request();
    refused.push(
      `${response.status()} ${request.method()} ${response.url()} ${request.postData()}`,
    );
    refused.push(await response.text().catch(String));
  });
  onTestFailed(async () => {
    if (page.isClosed()) return;
    const shown = await page.locator("body").innerText();
    console.error([page.url(), ...complaints, ...refused, shown].join("\n"));
  });
  await page.goto(url);
  return { page, complaints };
}

/** Fails with every violation that axe-core finds, by rule and element. */
export async function expectAccessible(page: Page): Promise<void> {
  // The page's policy allows no script but its own: this one comes by the debugger.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe.source });
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    expression: `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
      JSON.stringify(violations.map(({ id, nodes }) =>
        [id, nodes.map(({ target, failureSummary }) => target + ": " + failureSummary)])))`,
    awaitPromise: true,
  });
  await session.detach();
  expect(exceptionDetails).toBeUndefined();
  expect([page.url(), JSON.parse(String(result.value))]).toEqual([page.url(), []]);
}

/**
 * Kept for whoever wants to look: `KUBELANE_SCREENSHOTS=folder`. Those of docs/page are made so.
 * @param part of the page: all of it, or what is seen without scrolling
 */
export async function screenshot(
  page: Page,
  name: string,
  part: "all" | "seen" = "all",
): Promise<void> {
  const folder = process.env["KUBELANE_SCREENSHOTS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.evaluate(() => {
    scrollTo(0, 0);
    (document.activeElement as HTMLElement | null)?.blur();
  });
  const session = await page.context().newCDPSession(page);
  const { cssContentSize, cssVisualViewport } = await session.send("Page.getLayoutMetrics");
  const { clientWidth: width, clientHeight: seen } = cssVisualViewport;
  const height = part === "all" ? Math.max(seen, cssContentSize.height) : seen;
  const { data } = await session.send("Page.captureScreenshot", {
    format: "webp",
    quality: 85,
    captureBeyondViewport: true,
    clip: { x: 0, y: 0, width, height, scale: 1 },
  });
  await session.detach();
  writeFileSync(resolve(folder, `${name}.webp`), Buffer.from(data, "base64"));
}
