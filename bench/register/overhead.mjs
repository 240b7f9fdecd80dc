// What the hook costs a request: by Service name against the pod's address, and a name that is not ours with
// the hook against without it. CPU time of one process, since processes side by side differ by more than what
// is measured. The two take turns in phases of many short rounds; of each the fast quarter's slowest counts:
// what else the machine does makes rounds slower, never faster.
import { createEngine } from "../../dist/index.js";
import { NAME, startCluster } from "./cluster.mjs";

const PHASES = Number(process.argv[2] ?? 12);
const ROUNDS = 40;
const REQUESTS = 50;
const { port, manifests, stop } = await startCluster();
const engine = createEngine();
await engine.load(manifests);

const CLOSE = { headers: { connection: "close" } };

async function requests({ url, options = {} }) {
  for (let i = 0; i < REQUESTS; i++) {
    const text = await (await fetch(url, options)).text();
    if (text !== "ok") throw new Error(`${url} answered ${text}`);
  }
}

async function phase(kind) {
  const unhook = kind.hooked === false ? () => {} : engine.inProcess.hook();
  // Putting patches in throws away compiled code; programs do it once.
  for (let i = 0; i < ROUNDS / 2; i++) await requests(kind);
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    const before = process.cpuUsage();
    await requests(kind);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / REQUESTS);
  }
  unhook();
  return times;
}

const quick = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 4)];

async function compare(title, a, b) {
  const times = [[], []];
  for (let i = 0; i < PHASES; i++) {
    const order = i % 2 === 0 ? [0, 1] : [1, 0];
    for (const side of order) times[side].push(...(await phase([a, b][side])));
  }
  const [one, other] = times.map(quick);
  const percent = ((other / one - 1) * 100).toFixed(1);
  console.log(`${title}: ${one.toFixed(1)} µs → ${other.toFixed(1)} µs, ${percent} %`);
}

const address = `http://127.0.0.1:${port}/`;
const other = `http://localhost:${port}/`;
console.log(`Node ${process.version}, fetch, CPU per request`);
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
