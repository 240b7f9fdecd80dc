// How long it takes until a test has a Kubernetes API: the first of a process, and those after it.
//
// node bench/api/start.mjs [--dist DIR] [--count N]
//
// Prints wall and CPU time; each server is asked for its namespaces.
import { once } from "node:events";
import { get } from "node:https";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    count: { type: "string", default: "50" },
  },
});
const { testCluster } = await import(`${values.dist}/testing/index.js`);

const times = [];
for (let i = 0; i < Number(values.count); i++) {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const cluster = await testCluster([], {}, { hook: false, api: true });
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  times.push({ wall, cpu: (user + system) / 1000 });
  await check(cluster.api);
  await cluster.close();
}
const [first, ...others] = times;
console.log(`first of the process: ${show(first)}`);
console.log(`each one after it, median of ${others.length}: ${show(median(others))}`);

async function check({ server, token, ca }) {
  const headers = { authorization: `Bearer ${token}` };
  const request = get(`${server}/api/v1/namespaces`, { ca, headers, agent: false });
  const [response] = await once(request, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  if (!text.includes('"kube-system"')) throw new Error(`the server answers ${text}`);
}

function median(list) {
  const middle = (key) => list.map((each) => each[key]).sort((a, b) => a - b)[list.length >> 1];
  return { wall: middle("wall"), cpu: middle("cpu") };
}

function show({ wall, cpu }) {
  return `${wall.toFixed(1)} ms, ${cpu.toFixed(1)} ms of CPU`;
}
