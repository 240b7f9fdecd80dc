import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
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
