// Many watches over TLS from another process while objects change: each must see every change, in order.
//
// node bench/api/watches.mjs [--dist DIR] [--watches N] [--changes N] [--slow N] [--burst N] [--size BYTES]
//
// Prints what the changes took, how much memory the server had at most, and how the watches that never read ended.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:https";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    watches: { type: "string", default: "1000" },
    changes: { type: "string", default: "100000" },
    slow: { type: "string", default: "3" },
    // How many changes come in one turn of the event loop: as many as clients write at once.
    burst: { type: "string", default: "20" },
    // Of each object, beside what it has anyway.
    size: { type: "string", default: "0" },
    client: { type: "string" },
  },
});
const { watches, changes, slow, burst, size } = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [name, Number(value)]),
);
const OBJECTS = 100;
const padding = "x".repeat(size);
const PATH =
  "/api/v1/namespaces/default/configmaps?watch=true&labelSelector=bench&timeoutSeconds=86400";

if (values.client === undefined) await serve();
else await watchAll(JSON.parse(values.client));

async function serve() {
  const { createEngine } = await import(`${values.dist}/index.js`);
  const engine = createEngine();
  const { api } = await engine.listen({ api: { listen: "127.0.0.1:0" } });
  const put = (n) => ({
    op: "put",
    object: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `m${n % OBJECTS}`, namespace: "default", labels: { bench: "" } },
      data: { n: String(n), padding },
    },
  });
  const client = spawn(
    process.execPath,
    [import.meta.filename, ...process.argv.slice(2), "--client", JSON.stringify(api)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  await expect(lines, "open");
  let most = 0;
  const measure = () => (most = Math.max(most, process.memoryUsage().rss));
  const timer = setInterval(measure, 50);
  const before = process.memoryUsage().rss;
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  for (let n = 1; n <= changes; n++) {
    engine.store.apply([put(n)]);
    if (n % burst === 0) await new Promise(setImmediate);
    // A watcher that is a few thousand changes behind is given time, or each of them would be ended for it.
    if (n % 500 === 0) await expect(lines, `seen ${n}`);
  }
  await expect(lines, "done");
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(timer);
  const events = watches * changes;
  console.log(`${watches} watches saw ${changes} changes each, in order: ${seconds.toFixed(1)} s`);
  console.log(
    `${Math.round(events / seconds)} events a second, ${((user + system) / events).toFixed(2)} µs of the server's CPU each`,
  );
  console.log(`memory of the server: ${mb(before)} MB before, ${mb(most)} MB at most`);
  const [, ended] = (await lines.next()).value.split(" ");
  console.log(`${ended} of ${slow} watches that never read were ended; the server goes on`);
  if (Number(ended) !== slow) process.exitCode = 1;
  await engine.close({ grace: 0 });
  process.exit();
}

async function expect(lines, wanted) {
  const { value } = await lines.next();
  if (value !== wanted) throw new Error(`the watching process says ${value}, not ${wanted}`);
}

function mb(bytes) {
  return Math.round(bytes / 1024 / 1024);
}

/** The other process. */
async function watchAll({ host, port, token, ca }) {
  const open = async () => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = request({ host, port, ca, path: PATH, headers, agent: false });
    sent.end();
    const [response] = await once(sent, "response");
    // One that never reads is cut off in the middle of it, and the request is told as well as the answer.
    sent.on("error", () => {});
    return response;
  };
  const counts = new Array(watches).fill(0);
  const waiting = [];
  const look = () => {
    while (waiting.length > 0 && counts.every((count) => count >= waiting[0].count)) {
      waiting.shift().done();
    }
  };
  for (let i = 0; i < watches; i++) {
    const response = await open();
    let rest = "";
    response.setEncoding("utf8").on("data", (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        // A whole parse for each of 100 million lines would measure this process.
        const n = Number(/"n":"(\d+)"/.exec(line)?.[1]);
        if (n !== counts[i] + 1) fail(`watch ${i} saw ${n} after ${counts[i]}: ${line}`);
        counts[i] = n;
      }
      look();
    });
    response.on("close", () => {
      if (counts[i] < changes) fail(`watch ${i} was ended after ${counts[i]} changes`);
    });
  }
  const slowOnes = await Promise.all(Array.from({ length: slow }, open));
  console.log("open");
  for (let count = 500; count <= changes; count += 500) {
    await new Promise((done) => {
      waiting.push({ count, done });
      look();
    });
    console.log(`seen ${count}`);
  }
  console.log("done");
  let ended = 0;
  for (const response of slowOnes) {
    let last = "";
    try {
      for await (const chunk of response) last = (last + chunk).slice(-1000);
    } catch {
      // Cut off rather than ended.
    }
    if (/"code":410/.test(last) || response.destroyed) ended++;
  }
  console.log(`ended ${ended}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
