import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { describeWith } from "../support/tools.ts";
import { RunningUp } from "../support/up.ts";
import { expectAccessible, openChromium, openPage, screenshot } from "./chromium.ts";

const deployment = (name: string, replicas: number, labels: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { ${labels} } }
  template:
    metadata: { labels: { ${labels} } }
    spec:
      containers:
        - name: main
          image: ${name}
          ports: [{ containerPort: 8080 }]
          env:
            - { name: GREETING, value: good day }
            - { name: PASSWORD, valueFrom: { secretKeyRef: { name: keys, key: password } } }
`;
const service = (name: string, selector: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { ${selector} }, ports: [{ port: 80, targetPort: 8080 }] }
`;
const REST = `---
apiVersion: v1
kind: Secret
metadata: { name: keys, namespace: shop }
stringData: { password: hush }
---
apiVersion: v1
kind: Service
metadata: { name: pay, namespace: shop }
spec: { type: ExternalName, externalName: pay.example.com }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: front, namespace: shop }
spec:
  rules:
    - host: shop.example.com
      http:
        paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }]
`;
/** The Service api selects a label that is mistyped. */
const manifests = (selector: string) =>
  [
    deployment("web", 2, "app: web"),
    service("web", "app: web"),
    deployment("api", 1, "app: api"),
    service("api", selector),
    deployment("old", 1, 'app: api, legacy: "1"'),
    service("old", 'app: api, legacy: "1"'),
    REST,
  ].join("");

const SERVER = `import { createServer } from "node:http";
createServer((request, response) => {
  console.log("\\x1b[32m" + request.method + "\\x1b[0m " + request.url);
  response.end("answer of " + process.env.GREETING);
}).listen(Number(process.env.PORT));
console.log("listening");
`;
const CONFIG = `manifests: [k8s.yaml]
run:
  deploy/web: { command: [node, server.mjs] }
  deploy/api: { command: [node, server.mjs] }
  deploy/old: { command: [node, server.mjs] }
`;

describeWith(["chromium"], "the page in a browser", () => {
  let folder: string;
  let up: RunningUp;
  let link: string;
  let chromium: BrowserContext;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "kubelane-page-"));
    writeFileSync(join(folder, "k8s.yaml"), manifests("app: apy"));
    writeFileSync(join(folder, "server.mjs"), SERVER);
    writeFileSync(join(folder, "kubelane.yaml"), CONFIG);
    up = new RunningUp(
      ["--gateway", "127.0.0.1:0", "--dns", "off", "--api", "127.0.0.1:0", "--no-relays"],
      {
        cwd: folder,
      },
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

  beforeEach(async () => {
    await chromium.clearCookies();
    writeFileSync(join(folder, "k8s.yaml"), manifests("app: apy"));
  });

  const home = () => new URL("/", link).href;

  test("opens by the link, and the token is gone from the address", async () => {
    const { page, complaints } = await openPage(chromium, link);
    await page.getByText("live", { exact: true }).waitFor();
    expect(page.url()).toBe(home());
    const [cookie, ...others] = await chromium.cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/-/" });
    expect(link).not.toContain(cookie?.value);
    expect(await page.evaluate(() => document.cookie)).toBe("");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows the failing Service and why, and that it is mended", async () => {
    const { page, complaints } = await openPage(chromium, link);
    await page.getByLabel("Only what is wrong").check();
    const api = page.getByRole("link", { name: /^api no live pod/ });
    await api.waitFor();
    await expect.poll(() => page.getByRole("link", { name: /^web ready/ }).count()).toBe(0);
    await api.click();
    await page.getByText("shop/api selects app=apy, and no Pod in shop has that").waitFor();
    await page.getByText("app is api, mistyped for apy?").first().waitFor();
    await expectAccessible(page);
    await screenshot(page, "service-failing");
    writeFileSync(join(folder, "k8s.yaml"), manifests("app: api"));
    // By itself: nothing is loaded anew.
    await page.getByText("ready · 2/2").waitFor();
    // Why it failed is asked anew once it is ready.
    await expect.poll(() => page.getByText("mistyped").count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("tells what probes found last, and runs more pods or fewer", async () => {
    const { page, complaints } = await openPage(chromium, link);
    await page.getByRole("link", { name: /^web ready/ }).click();
    await page.getByText("TCP connection passed").nth(1).waitFor();
    const endpoints = page.getByRole("region", { name: "Endpoints" }).locator("tbody tr");
    expect(await endpoints.count()).toBe(2);
    await page.getByRole("button", { name: "One pod more: web" }).click();
    await page.getByText("3 pods wanted").waitFor();
    await page.getByText("ready · 3/3").waitFor();
    await expect.poll(() => endpoints.count()).toBe(3);
    await expectAccessible(page);
    await page.getByRole("button", { name: "One pod less: web" }).click();
    await page.getByText("ready · 2/2").waitFor();
    await page.getByText("2 pods wanted").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("follows logs with their colours, and searches them", async () => {
    const { page, complaints } = await openPage(chromium, link);
    await page.getByRole("link", { name: /^web ready/ }).click();
    await page.locator("tbody th a").first().click();
    const logs = page.getByRole("log");
    await logs.getByText("listening").waitFor();
    const name = (await page.locator("h1").innerText()).split("/")[1] ?? "";
    // Each request reaches one of two pods: until it is this one.
    await expect
      .poll(async () => {
        await up.get("web.shop", "/looked-for");
        return logs.innerText();
      })
      .toContain("GET /looked-for");
    expect(await logs.locator(".fg2").first().innerText()).toBe("GET");
    await page.getByLabel("Search").fill("looked-for");
    await expect.poll(() => logs.innerText()).not.toContain("listening");
    await page.getByText("good day", { exact: true }).waitFor();
    await page.getByText("Secret keys, key password").waitFor();
    expect(await page.content()).not.toContain("hush");
    await expectAccessible(page);
    await screenshot(page, "pod");
    await page.getByRole("button", { name: "Restart" }).click();
    await page.getByText("It is up again.").waitFor();
    expect(name).toMatch(/^web-/);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("sends a request, and the line to the Service lights up", async () => {
    const { page, complaints } = await openPage(chromium, link);
    // What earlier tests sent is forgotten.
    await expect.poll(() => page.locator(".edge.lit").count()).toBe(0);
    await page.getByRole("link", { name: /^web ready/ }).click();
    await page.getByLabel("Path").fill("/tried?a=b");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("answer of good day").waitFor();
    const row = page.getByRole("row").filter({ hasText: "GET /tried?a=b" });
    await row.waitFor();
    expect(await row.innerText()).toMatch(/200[\s\S]*random of 2 ready endpoints/);
    const caller = page.getByRole("region", { name: "Called by" }).getByRole("row", {
      name: /^outside the cluster/,
    });
    await caller.waitFor();
    await expectAccessible(page);
    await screenshot(page, "service");
    await page.getByRole("link", { name: "Map" }).click();
    await page.locator(".edge.lit").first().waitFor();
    await page.getByText(/^p99 /).first().waitFor();
    // By a route too, and a line of its own lights up.
    await up.get("shop.example.com");
    await expect.poll(() => page.locator(".edge.lit").count()).toBeGreaterThanOrEqual(4);
    await expectAccessible(page);
    await screenshot(page, "map");
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    await screenshot(page, "map-dark");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("filters by the grammar of selectors, and says where one is wrong", async () => {
    const { page, complaints } = await openPage(chromium, link);
    writeFileSync(join(folder, "k8s.yaml"), manifests("app: api"));
    await page.getByRole("link", { name: /^api ready/ }).waitFor();
    const boxes = () =>
      page
        .locator("a.node.service")
        .locator(".name")
        .allTextContents()
        .then((all) => all.sort());
    const labels = page.getByLabel("Labels");
    await labels.fill("app in (web,api),!legacy");
    // Of api one pod has no label legacy; of old none.
    await expect.poll(boxes).toEqual(["api", "web"]);
    await labels.fill("legacy");
    await expect.poll(boxes).toEqual(["api", "old"]);
    await labels.fill("app in (web");
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").innerText()).toMatch(/\)/);
    await expectAccessible(page);
    await labels.fill("");
    await page.getByLabel("Search").fill("pay");
    await expect.poll(boxes).toEqual(["pay"]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("works with the keyboard alone", async () => {
    const { page } = await openPage(chromium, link);
    await page.getByRole("link", { name: /^api no live pod/ }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("api");
    await expect.poll(() => page.locator("a.node.service").count()).toBe(1);
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    for (let i = 0; i < 10 && !(await focused()).startsWith("api"); i++)
      await page.keyboard.press("Tab");
    expect(await focused()).toContain("no live pod");
    expect(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-description")),
    ).toContain("shop/api selects app=apy");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "shop/api" }).waitFor();
    for (const [key, heading] of [
      ["r", "Requests"],
      ["e", "Events"],
      ["t", "Tools"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    }
    await page.keyboard.press("Shift+Tab");
    await page.close();
  });

  test("answers what tools ask", async () => {
    const { page, complaints } = await openPage(chromium, link);
    await page.goto(`${home()}#/tools/trace`);
    await page.getByLabel("Name, name:port or URL").fill("http://shop.example.com/");
    await page.keyboard.press("Enter");
    await page.getByText("✓ Ingress shop/front").waitFor();
    await page.getByText(/^shop\/web:80 reaches pod web-/).waitFor();
    const picture = /: Ingress shop\/front → shop\/web → shop\/web-/;
    await page.getByRole("region", { name: picture }).waitFor();
    await expectAccessible(page);
    await screenshot(page, "trace");
    await page.getByRole("link", { name: "Resolve a name" }).click();
    await page.getByLabel("Name", { exact: true }).fill("nothing.shop");
    await page.keyboard.press("Enter");
    await page.getByText("NXDOMAIN").first().waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Selectors" }).click();
    await page.getByLabel("Selector", { exact: true }).fill("app in (web,api),!legacy");
    await page.getByLabel("Second selector").fill("app=web");
    await page.getByText("app=web, legacy=x").waitFor();
    await page.getByText('legacy is "1", and must be absent').waitFor();
    await expectAccessible(page);
    await screenshot(page, "selectors");
    await page.getByRole("link", { name: "Check" }).click();
    await page.locator("article").first().waitFor();
    await page.getByText(/spec: \{ selector: \{ app: apy \}/).waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("moves the focus to a new view before anybody can type into it", async () => {
    const { page, complaints } = await openPage(chromium, link);
    await page.getByText("live", { exact: true }).waitFor();
    const focused = await page.evaluate(
      () =>
        new Promise((done) => {
          new MutationObserver((_changes, observer) => {
            if (document.querySelector("h1")?.textContent !== "Events") return;
            observer.disconnect();
            done(document.activeElement?.id);
          }).observe(document.body, { childList: true, subtree: true, characterData: true });
          location.hash = "#/events";
        }),
    );
    expect(focused).toBe("content");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("tells what it shows only once it knows the name of its stream", async () => {
    const { page, complaints } = await openPage(chromium, link, () => {
      const listen = EventSource.prototype.addEventListener;
      EventSource.prototype.addEventListener = function (name: string, told: unknown) {
        const tell = told as (event: Event) => void;
        listen.call(this, "open", () => (document.documentElement.lang = "open"));
        // The first message comes after the view is another one.
        listen.call(this, name, (event) => {
          if (name !== "hello") tell(event);
          else addEventListener("hashchange", () => setTimeout(tell, 200, event), { once: true });
        });
      };
    });
    await page.locator("html[lang=open]").waitFor();
    const followed = page.waitForResponse((response) => response.request().method() === "POST");
    await page.evaluate(() => {
      location.hash = "#/events";
    });
    expect((await followed).status()).toBe(200);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("saves requests as HAR, and pauses", async () => {
    const { page, complaints } = await openPage(chromium, `${link}#/requests`);
    await page.goto(`${home()}#/requests`);
    await up.get("web.shop", "/first?x=1");
    await page.getByText("GET /first?x=1").first().waitFor();
    await expectAccessible(page);
    await screenshot(page, "requests");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export as HAR" }).click();
    const file = join(folder, "saved.har");
    await (await download).saveAs(file);
    const har = JSON.parse(readFileSync(file, "utf8"));
    expect(har.log).toMatchObject({ version: "1.2", creator: { name: "kubelane" } });
    expect(har.log.entries.at(-1)).toMatchObject({
      request: {
        method: "GET",
        url: expect.stringContaining("web.shop/first?x=1"),
        queryString: [{ name: "x", value: "1" }],
      },
      response: { status: 200 },
    });
    // What else reads such files reads this one: it answers as the file says.
    const replayed = await chromium.newPage();
    await replayed.routeFromHAR(file, { notFound: "abort" });
    const [{ request }] = har.log.entries.slice(-1);
    expect((await replayed.goto(request.url))?.status()).toBe(200);
    await expect(replayed.goto(`${request.url}&other`)).rejects.toThrow("ERR_FAILED");
    await replayed.close();
    await page.getByRole("button", { name: "Pause" }).click();
    await up.get("web.shop", "/while-paused");
    await page.getByRole("link", { name: "Events" }).click();
    await page.getByRole("heading", { name: "Events" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Requests" }).click();
    await page.getByText("GET /while-paused").first().waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each([
    ["light", "Map", "en"],
    ["dark", "지도", "ko"],
  ] as const)(
    "is readable at 380 pixels, %s, in the language %s",
    async (scheme, map, language) => {
      const { page, complaints } = await openPage(chromium, link);
      await page.setViewportSize({ width: 380, height: 800 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.locator(".settings select").nth(1).selectOption(language);
      await page.getByRole("link", { name: map }).waitFor();
      for (const [place, shown] of [
        ["", "map"],
        ["#/service/shop/api", scheme === "light" ? "service" : undefined],
        ["#/requests"],
        ["#/tools/selectors"],
      ] as const) {
        await page.goto(`${home()}${place}`);
        await page.locator("h1").waitFor();
        await expect
          .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
          .toBeLessThanOrEqual(380);
        await expectAccessible(page);
        if (shown !== undefined) await screenshot(page, `small-${scheme}-${shown}`);
      }
      await page.locator(".settings select").nth(1).selectOption("en");
      expect(complaints).toEqual([]);
      await page.setViewportSize({ width: 1280, height: 850 });
      await page.close();
    },
  );

  test("shows without a session what error pages say, and asks for the link for the rest", async () => {
    const { page, complaints } = await openPage(chromium, home());
    await page.getByRole("link", { name: /^api no live pod/ }).click();
    await page.getByText("shop/api selects app=apy, and no Pod in shop has that").waitFor();
    await page
      .getByText(/open the link that `kubelane up` prints/)
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: "Send" }).count()).toBe(0);
    await page.goto(`${home()}?token=guess`);
    await page.getByText("That link is of another `kubelane up`.").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a page of another origin reads nothing and changes nothing", async () => {
    // On the same host, so that the session's cookie goes along: the hardest case.
    const other = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><title>other</title>");
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const own = await openPage(chromium, link);
    await own.page.getByText("live", { exact: true }).waitFor();
    await own.page.close();
    const page = await chromium.newPage();
    await page.goto(`http://localhost:${port}/`);
    const [, pod] = /^(web-\S+): started/m.exec(up.stderr) ?? [];
    const restart = `${home()}-/restart?namespace=shop&name=${pod}`;
    const restarts = () => up.stderr.match(/: restarted$/gm)?.length ?? 0;
    const before = restarts();
    const found = await page.evaluate(
      async ({ gateway, restart }) => {
        const reading = (path: string, init: RequestInit = {}) =>
          fetch(`${gateway}${path}`, { credentials: "include", ...init }).then(
            async (response) => `${response.type} ${await response.text()}`,
            (error: Error) => error.name,
          );
        const streamed = await new Promise((resolve) => {
          const source = new EventSource(`${gateway}-/stream`, { withCredentials: true });
          source.onmessage = () => resolve("message");
          source.addEventListener("world", () => resolve("world"));
          source.onerror = () => resolve("error");
        });
        const framed = await new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.src = gateway;
          frame.onload = () => {
            try {
              resolve(frame.contentDocument?.body.textContent ?? "closed");
            } catch {
              resolve("closed");
            }
          };
          document.body.append(frame);
        });
        const scripted = await new Promise((resolve) => {
          const script = document.createElement("script");
          script.src = `${gateway}-/service?namespace=shop&name=web`;
          script.onload = () => resolve("loaded");
          script.onerror = () => resolve("error");
          document.head.append(script);
        });
        return {
          streamed,
          framed,
          scripted,
          read: await reading("-/service?namespace=shop&name=web"),
          opaque: await reading("-/check", { mode: "no-cors" }),
          changed: await reading("", { method: "POST", body: "{}" }),
          restarted: await fetch(restart, {
            method: "POST",
            mode: "no-cors",
            credentials: "include",
            body: "{}",
          }).then(
            ({ type }) => type,
            (error: Error) => error.name,
          ),
        };
      },
      { gateway: home(), restart },
    );
    expect(found).toEqual({
      streamed: "error",
      framed: "closed",
      scripted: "error",
      read: "TypeError",
      opaque: "TypeError",
      changed: "TypeError",
      restarted: "TypeError",
    });
    // The page itself can, by the same request.
    await page.close();
    const { page: again } = await openPage(chromium, link);
    const status = await again.evaluate(
      async (url) =>
        (
          await fetch(url, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: "{}",
          })
        ).status,
      restart,
    );
    expect(status).toBe(200);
    await expect.poll(() => restarts() - before).toBe(1);
    await again.close();
    other.close();
  });

  test("a tab that is closed while it is told something is no error", async () => {
    for (let i = 0; i < 5; i++) {
      const { page } = await openPage(chromium, `${link}#/requests`);
      await page.getByText("live", { exact: true }).waitFor();
      const asked = Array.from({ length: 20 }, () => up.get("web.shop"));
      await page.close();
      await Promise.all(asked);
    }
    expect(up.stderr).not.toMatch(/^error|EPIPE|ECONNRESET/m);
  });
});
