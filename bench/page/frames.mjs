// How the page runs in a browser over 2,000 Services with 5,000 requests a second:
// `node bench/page/frames.mjs [PER-NAMESPACE] [RATE]`, after `npm run build`. Needs chromium.
//
// Frames are counted by `requestAnimationFrame` in a foreground tab while two other tabs are open; what blocks the
// page's thread for 50 ms or longer is told by the browser's own `longtask` entries.
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { start, wait } from "./start.mjs";

const [, , perNamespace = "2000", rate = "5000"] = process.argv;
const WATCHED = 10_000;

const world = await start({
  services: 2000,
  perNamespace: Number(perNamespace),
  rate: Number(rate),
});
world.openTabs(2);
const profile = mkdtempSync(join(tmpdir(), "kubelane-frames-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  viewport: { width: 1280, height: 850 },
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
context.setDefaultTimeout(60_000);
const page = await context.newPage();
await page.addInitScript(() => {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration));
  }).observe({ type: "longtask", buffered: true });
  window.frames_ = [];
  const note = (now) => {
    window.frames_.push(now);
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
});

/**
 * On a busy machine a task that waits for a core looks long: the trace says how much CPU time tasks took.
 * @returns what ends the trace, and gives the milliseconds of the longest of the page
 */
async function traceTasks() {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const traceConfig = { includedCategories: ["toplevel", "devtools.timeline"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  return async () => {
    const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
    await session.send("Tracing.end");
    await complete;
    // The thread that draws the page, and what it runs.
    const threads = new Set(
      events.filter(({ name }) => name === "FireAnimationFrame").map(({ tid }) => tid),
    );
    const tasks = events.filter(({ name, tid }) => /RunTask$/.test(name) && threads.has(tid));
    return Math.round(Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000);
  };
}

/** What happened from the last look on. */
async function look(what) {
  const { longTasks, times } = await page.evaluate(() => {
    const seen = { longTasks: window.longTasks, times: window.frames_ };
    window.longTasks = [];
    window.frames_ = [];
    return seen;
  });
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  console.log(
    `${what.padEnd(34)} ${(gaps.length / seconds).toFixed(1).padStart(5)} frames/s over ${seconds.toFixed(1)} s, longest gap ${Math.max(0, ...gaps).toFixed(0)} ms; tasks of 50 ms or more: ${longTasks.join(", ") || "none"}`,
  );
}

const cpuOfTasks = await traceTasks();
await page.goto(world.link);
await page.locator(".region").first().waitFor();
await page.locator(".lit").first().waitFor();
await look("load of the map");
console.log(`${"".padEnd(34)} of CPU time its longest task took ${await cpuOfTasks()} ms`);
await wait(WATCHED);
await look("the map, left alone");
const origin = new URL(world.link).origin;
await page.locator("#search").pressSequentially("s19", { delay: 150 });
await wait(1000);
await look("typing in the search");
await page.locator("#search").fill("");
await wait(1000);
await look("all Services again");
await page.getByLabel("Labels").pressSequentially("app in (s1,s2,s3),tier", { delay: 80 });
await page.locator(".edge.lit").first().waitFor();
await wait(2000);
await look("a selector, and lines of three");
await page.getByLabel("Labels").fill("");
await wait(1000);
await page.mouse.move(640, 500);
for (let i = 0; i < 40; i++) {
  await page.mouse.wheel(0, 400);
  await wait(50);
}
await look("scrolling");
for (const view of ["requests", "service/shop-0/s1", "events", "tools/selectors"]) {
  await page.goto(`${origin}/#/${view}`);
  await wait(WATCHED / 2);
  await look(view);
}
const { failed } = await world.usage();
console.log(`${failed} requests failed; load ${loadavg()[0].toFixed(1)}`);
await context.close();
world.stop();
rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
