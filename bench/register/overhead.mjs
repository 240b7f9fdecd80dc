// What the hook costs a request: by Service name against the pod's address, and a name that is not ours with
// the hook against without it. CPU time of one process in which short rounds take turns, since processes side
// by side differ by more than what is measured; the median of the ratios of neighbouring rounds.
import { createEngine } from "../../dist/index.js";
import { median, NAME, startCluster } from "./cluster.mjs";

const ROUNDS = Number(process.argv[2] ?? 150);
const REQUESTS = Number(process.argv[3] ?? 100);
const { port, manifests, stop } = await startCluster();
const engine = createEngine();
await engine.load(manifests);

const CLOSE = { headers: { connection: "close" } };

async function round({ url, hooked = true, options = {} }) {
  const unhook = hooked ? engine.inProcess.hook() : () => {};
  // Whatever is made once is made before.
  for (let i = 0; i < 5; i++) await (await fetch(url, options)).text();
  const before = process.cpuUsage();
  for (let i = 0; i < REQUESTS; i++) {
    const text = await (await fetch(url, options)).text();
    if (text !== "ok") throw new Error(`${url} answered ${text}`);
  }
  const { user, system } = process.cpuUsage(before);
  unhook();
  return (user + system) / REQUESTS;
}

async function compare(title, a, b) {
  const pairs = [];
  for (let i = -10; i < ROUNDS; i++) {
    const first = i % 2 === 0 ? a : b;
    const one = await round(first);
    const other = await round(first === a ? b : a);
    if (i >= 0) pairs.push(first === a ? [one, other] : [other, one]);
  }
  const [left, right] = [0, 1].map((side) => median(pairs.map((pair) => pair[side])).toFixed(1));
  const ratio = (median(pairs.map(([one, other]) => other / one)) - 1) * 100;
  console.log(`${title}: ${left} µs → ${right} µs, ${ratio.toFixed(1)} %`);
}

const address = `http://127.0.0.1:${port}/`;
const other = `http://localhost:${port}/`;
console.log(
  `Node ${process.version}, fetch, CPU per request, ${ROUNDS} pairs of ${REQUESTS} requests`,
);
await compare("pod's address → Service name, kept connections", { url: address }, { url: NAME });
await compare(
  "pod's address → Service name, a connection each",
  { url: address, options: CLOSE },
  { url: NAME, options: CLOSE },
);
await compare(
  "control: other name without → without the hook",
  { url: other, hooked: false },
  { url: other, hooked: false },
);
await compare(
  "other name without → with the hook, kept connections",
  { url: other, hooked: false },
  { url: other },
);
await compare(
  "other name without → with the hook, a connection each",
  { url: other, hooked: false, options: CLOSE },
  { url: other, options: CLOSE },
);
await engine.close();
stop();
process.exit(0);
