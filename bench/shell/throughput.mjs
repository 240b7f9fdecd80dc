// The relay inside a shell against the relay outside: node bench/shell/throughput.mjs [ROUNDS]
// Core 0 has load generator and web servers, core 1 kubelane. Both sides take turns within each round.
import { spawnSync } from "node:child_process";
import { ANSWER, BIG, MAIN, startUp } from "./running-up.mjs";

const rounds = Number(process.argv[2] ?? 7);
const SECONDS = 2;
const LOAD_CORE = ["taskset", "-c", "0"];
const OWN_CORE = ["taskset", "-c", "1"];

const CASES = [
  { name: "13 bytes, keep-alive", path: "/", headers: [] },
  { name: "64 KB, keep-alive", path: "/big", headers: [] },
  { name: "13 bytes, a connection each", path: "/", headers: ["-H", "Connection: close"] },
];

for (const tool of ["wrk", "nginx", "taskset", "curl"]) {
  if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) {
    console.log(`skipped: needs ${tool}`);
    process.exit();
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const up = await startUp({ upOn: OWN_CORE, backendsOn: LOAD_CORE });
const shell = [...OWN_CORE, process.execPath, MAIN, "shell", "--", ...LOAD_CORE];
const sides = [
  { name: "outside", before: LOAD_CORE, url: "http://127.96.7.7" },
  { name: "inside", before: shell, url: "http://10.96.7.7" },
];

function run(words) {
  const [program, ...args] = words;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: up.folder,
    env: up.env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
  return stdout;
}

try {
  for (const { before, url } of sides) {
    const small = run([...before, "curl", "-sS", url]);
    const big = run([...before, "curl", "-sS", `${url}/big`]);
    if (small !== ANSWER || big.length !== BIG) throw new Error(`wrong answer from ${url}`);
  }
  for (const { name, path, headers } of CASES) {
    const rates = { outside: [], inside: [] };
    for (let round = 0; round < rounds; round++) {
      for (const { name: side, before, url } of sides) {
        const load = ["wrk", "-t1", "-c64", `-d${SECONDS}`, ...headers, `${url}${path}`];
        const out = run([...before, ...load]);
        rates[side].push(Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]));
      }
    }
    const ratios = rates.inside.map((rate, i) => rate / rates.outside[i]);
    console.log(
      `${name}: outside ${median(rates.outside).toFixed(0)}/s, inside ${median(rates.inside).toFixed(0)}/s, ` +
        `ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    );
  }
} finally {
  await up.close();
}
