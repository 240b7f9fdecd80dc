import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { Tab } from "../../src/page/tab.ts";

test("a tab that reads nothing is told nothing more, and begins again when it reads", async () => {
  const visitor = { isLocal: true, hasSession: false, mayChange: false };
  let resynced = 0;
  let tab: Tab | undefined;
  const server = createServer((_request, response) => {
    tab = new Tab(response, visitor, (each) => {
      resynced++;
      each.send("event: world\ndata: anew\n\n");
    });
    const chunk = `data: ${"x".repeat(64 * 1024)}\n\n`;
    for (let i = 0; i < 1000; i++) tab.send(chunk);
    // What was kept for it is bounded, however much there was to tell.
    expect(response.writableLength).toBeLessThan(5 * 1024 * 1024);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port }, (response) => {
      let end = "";
      response.setEncoding("latin1").on("data", (chunk: string) => {
        end = (end + chunk).slice(-100);
        if (!end.includes("anew")) return;
        response.destroy();
        resolve();
      });
    });
    call.on("error", reject).end();
  });
  expect(resynced).toBe(1);
  tab?.end();
  await new Promise((resolve) => server.close(resolve));
});

test("a tab that is closed sends nothing more by itself", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const visitor = { isLocal: true, hasSession: false, mayChange: false };
    const server = createServer((_request, response) => {
      new Tab(response, visitor, () => undefined).send(": first\n\n");
      response.on("close", () => server.emit("tab closed"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const call = request({ host: "127.0.0.1", port }, () => {
      expect(vi.getTimerCount()).toBe(1);
      call.destroy();
    });
    const closed = once(server, "tab closed");
    call.on("error", () => undefined).end();
    await closed;
    expect(vi.getTimerCount()).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  } finally {
    vi.useRealTimers();
  }
});
