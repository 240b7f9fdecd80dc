// Restarts a pod with a network of its own, and tells what is there before and after:
// node restarts.mjs PACKAGE COUNT
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

const [folder, count] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(folder, "dist", path)).href);
const [{ createEngine }, { PodNetwork }] = await Promise.all([
  load("index.js"),
  load("network/pod-network.js"),
]);

/** Milliseconds in which the network namespace of each pod was made. */
const starts = [];
const { add } = PodNetwork.prototype;
PodNetwork.prototype.add = async function (...args) {
  const began = performance.now();
  const place = await add.apply(this, args);
  starts.push(performance.now() - began);
  return place;
};

const parentOf = (pid) => {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
};

const namespaceOf = (pid) => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
};

/** This process with all that it started. */
function there() {
  const all = readdirSync("/proc").map(Number).filter(Number.isInteger);
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]));
  const belongs = (pid) => pid !== undefined && (pid === process.pid || belongs(parents.get(pid)));
  const family = all.filter((pid) => belongs(pid));
  const agent = family.find((pid) => commandOf(pid).includes("network/agent.js"));
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    descriptorsOfAgent: readdirSync(`/proc/${agent}/fd`).length,
    processes: family.length,
    namespaces: new Set(family.map(namespaceOf)).size,
    // Each pod's namespace is mounted at a file.
    mounts: readFileSync(`/proc/${agent}/mounts`, "utf8").trim().split("\n").length,
  };
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

const position = { file: "kubelane.yaml", line: 1, column: 1 };
const target = { namespace: "default", kind: "Pod", name: "p" };
const run = [{ target, command: ["sleep", "100000"], cwd: "/", env: {}, position }];
const engine = createEngine({
  network: "pods",
  offline: true,
  expose: "auto",
  localPods: { run, attach: [] },
});
engine.on("fault", (error) => console.error(error));
await engine.load({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "default" },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "p" }] },
});
engine.startPods();
// The first ones open what is then kept.
for (let i = 0; i < 3; i++) if (!(await engine.restartPods())) throw new Error("not restarted");
const before = there();
for (let i = 0; i < Number(count); i++) {
  if (!(await engine.restartPods())) throw new Error(`restart ${i} failed`);
}
// What the kernel takes away goes a moment later.
let after = there();
for (let looks = 0; looks < 100 && !isDeepStrictEqual(after, before); looks++) {
  await setTimeout(100);
  after = there();
}
const median = starts.sort((a, b) => a - b)[starts.length >> 1];
console.log(JSON.stringify({ before, after, count: starts.length, median }));
await engine.close();
