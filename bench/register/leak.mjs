// Whether anything is left of requests: `leak.mjs [REQUESTS]` (1,000,000) by Service name, in a registered
// process, kept connections and new ones; prints the heap after garbage collection as it goes.
import { spawn } from "node:child_process";
import { HOOK, NAME, startCluster } from "./cluster.mjs";

if (process.env.KUBELANE_BENCH_CHILD === undefined) {
  const { manifests, stop } = await startCluster();
  const env = { ...process.env, KUBELANE: manifests, KUBELANE_BENCH_CHILD: "1" };
  const args = ["--expose-gc", `--import=${HOOK}`, new URL(import.meta.url).pathname];
  const child = spawn(process.execPath, [...args, process.argv[2] ?? "1000000"], {
    env,
    stdio: "inherit",
  });
  child.on("exit", (code) => {
    stop();
    process.exitCode = code;
  });
} else {
  const { request, Agent } = await import("node:http");
  const total = Number(process.argv[2]);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const get = (options) =>
    new Promise((resolve, reject) => {
      request(NAME, options, (response) => response.resume().on("end", resolve))
        .on("error", reject)
        .end();
    });
  const kinds = [
    // Of a hundred requests: fetch, a kept connection, a new connection.
    ...Array(20).fill(() => fetch(NAME).then((response) => response.text())),
    ...Array(75).fill(() => get({ agent })),
    ...Array(5).fill(() => get({ agent: false })),
  ];
  let sent = 0;
  const report = () => {
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    console.log(
      `${sent} requests: heap ${(heapUsed / 2 ** 20).toFixed(2)} MiB, resident ${(rss / 2 ** 20).toFixed(0)} MiB, ${process.getActiveResourcesInfo().length} active resources`,
    );
  };
  while (sent < total) {
    await Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (let i = 0; i < Math.max(1, Math.floor(total / 80)); i++) {
          await kinds[(i * 8 + lane) % kinds.length]();
          sent++;
        }
      }),
    );
    report();
  }
  process.exit(0);
}
