// When the page of a running gateway is first painted: `node bench/page/first-paint.mjs [DIST] [TIMES]`, after
// `npm run build`. Needs chromium.
//
// By the browser's own entries (`first-contentful-paint`, counted from the navigation), cold: each time a browser is
// started with a profile of its own. The first browser reads its program from the disk and is not counted.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const [dist = "dist", times = "10"] = process.argv.slice(2);
const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "kubelane-paint-"));
const up = spawn(
  process.execPath,
  [
    resolve(dist, "bin/kubelane.cjs"),
    ...["up", "-f", join(root, "examples/shop/k8s"), "--gateway", "127.0.0.1:0", "--dns", "off"],
    ...["--api", "off", "--no-relays"],
  ],
  { cwd: folder, env: { ...process.env, KUBELANE_RUNTIME_DIR: join(folder, "run") } },
);
let printed = "";
up.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
while (!/^page +(\S+)$/m.test(printed)) await once(up.stdout, "data");
const link = /^page +(\S+)$/m.exec(printed)[1];

const found = [];
for (let i = 0; i <= Number(times); i++) {
  const profile = mkdtempSync(join(folder, "profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  const page = await context.newPage();
  await page.goto(link);
  await page.locator("svg.graph").first().waitFor();
  const times = await page.evaluate(() => {
    const paint = Object.fromEntries(
      performance.getEntriesByType("paint").map(({ name, startTime }) => [name, startTime]),
    );
    const [{ responseEnd, domInteractive }] = performance.getEntriesByType("navigation");
    const loads = performance
      .getEntriesByType("resource")
      .map((each) =>
        [
          each.name.split("/").at(-1),
          Math.round(each.startTime),
          Math.round(each.responseEnd),
        ].join(" "),
      );
    return { paint: paint["first-contentful-paint"], responseEnd, domInteractive, loads };
  });
  if (process.env.VERBOSE) console.log(times);
  if (i > 0) found.push(times.paint);
  await context.close();
}
up.kill("SIGTERM");
await once(up, "exit");
rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
found.sort((a, b) => a - b);
const middle = (found[(found.length - 1) >> 1] + found[found.length >> 1]) / 2;
console.log(
  `first contentful paint: median ${middle.toFixed(0)} ms of ${found.length} (${found[0].toFixed(0)} to ${found.at(-1).toFixed(0)}), load ${loadavg()[0].toFixed(1)}`,
);
