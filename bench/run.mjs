// npm run bench [-- ROOM | ROOM/NAME …]: lists the benchmarks, or runs some. They run dist.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** By name, with the flags of Node that some need. */
const BENCHMARKS = new Map([
  ["labels/parse", []],
  ["labels/match", []],
  ["labels/scan", []],
  ["labels/selector-index", []],
  ["labels/memory", ["--expose-gc"]],
  ["labels/hostile", []],
  ["manifests/load", []],
  ["store/settle", ["--expose-gc"]],
  ["store/proportional", []],
  ["store/workloads", ["--expose-gc"]],
  ["store/up", []],
  ["api/beside", []],
  ["api/start", []],
  ["api/watches", []],
  ["dns/codec", []],
  ["dns/servers", []],
  ["dns/change", []],
  ["dns/fuzz", []],
  ["cluster/port-forward", []],
  ["page/tabs", []],
  ["network/services", []],
  ["network/throughput", []],
  ["proxy/run", []],
  ["shell/throughput", []],
  ["shell/start-up", []],
  ["register/overhead", []],
  ["register/start-up", []],
  ["register/leak", []],
]);

const wanted = process.argv.slice(2);
if (wanted.length === 0) {
  console.log([...BENCHMARKS.keys()].join("\n"));
}
for (const want of wanted) {
  const names = [...BENCHMARKS.keys()].filter(
    (name) => name === want || name.startsWith(`${want}/`),
  );
  if (names.length === 0) {
    console.error(`there is no benchmark ${want}; npm run bench lists them`);
    process.exitCode = 2;
  }
  for (const name of names) {
    const script = join(import.meta.dirname, `${name}.mjs`);
    const flags = BENCHMARKS.get(name) ?? [];
    const { status } = spawnSync(process.execPath, [...flags, script], { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
}
