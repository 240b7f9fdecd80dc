import { expect, it } from "vitest";
import { findRunningEngine } from "../../src/control/client.ts";
import { type ControlServer, serveControl } from "../../src/control/server.ts";
import { followCluster } from "../../src/shell/followed-cluster.ts";
import { Store } from "../../src/store/store.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

it("follows the next `up` of the same folder, and no other one", async () => {
  const sockets = temporaryFolder();
  const asked = new Map<number, () => void>();
  const serve = (pid: number, folder: string): Promise<ControlServer> =>
    serveControl(
      {
        store: new Store(),
        info: () => {
          asked.get(pid)?.();
          return { version: "0", pid, folder, clusterDomain: "cluster.local" };
        },
        localAddressOf: () => undefined,
      },
      sockets,
    );
  const first = await serve(1, "/shop");
  const running = await findRunningEngine("/shop/web", sockets);
  if (running === undefined) throw new Error("it runs");
  await using _other = await serve(2, "/other");

  const found = new Promise<number>((resolve) => {
    void followCluster(running, {
      sockets,
      dataFolder: sockets,
      onLost: () => {},
      onFound: ({ pid }) => resolve(pid),
    });
  });
  await first.close();
  // Two whole looks at the other one, and it is not taken.
  for (let looks = 0; looks < 2; looks++) {
    await new Promise<void>((resolve) => asked.set(2, resolve));
  }
  await using _next = await serve(3, "/shop");
  expect(await found).toBe(3);
});
