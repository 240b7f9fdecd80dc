// How much longer a program takes to start with the hook: wall time of `node -e 0`, in turns.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOOK, median, startCluster } from "./cluster.mjs";

const TIMES = Number(process.argv[2] ?? 31);
const { manifests, stop } = await startCluster();
const folder = mkdtempSync(join(tmpdir(), "kubelane-bench-up-"));
const env = { ...process.env, KUBELANE_RUNTIME_DIR: join(folder, "run"), KUBELANE: "" };
const main = new URL("../../dist/bin/kubelane.cjs", import.meta.url).pathname;
const up = spawn(
  process.execPath,
  [main, "up", "-f", manifests, "--dns", "off", "--gateway", "off", "--no-relays"],
  { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] },
);
await new Promise((resolve) =>
  up.stderr.on("data", (text) => /ready after/.test(text) && setTimeout(resolve, 200)),
);

const kinds = {
  "without the hook": { args: [], env },
  "with the running up": { args: [`--import=${HOOK}`], env },
  "with manifests (KUBELANE)": { args: [`--import=${HOOK}`], env: { ...env, KUBELANE: manifests } },
};
const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
const program = `const o = globalThis; 0`;
for (let i = 0; i < TIMES; i++) {
  for (const [kind, { args, env }] of Object.entries(kinds)) {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, [...args, "-e", program], { cwd: folder, env });
    if (status !== 0) throw new Error(`${kind}: exit code ${status}`);
    times[kind].push(performance.now() - began);
  }
}
const base = times["without the hook"];
console.log(`Node ${process.version}, ${TIMES} starts each`);
for (const [kind, each] of Object.entries(times)) {
  const more = median(each.map((time, i) => time - base[i]));
  console.log(
    `${kind}: median ${median(each).toFixed(1)} ms, fastest ${Math.min(...each).toFixed(1)} ms, ${more.toFixed(1)} ms more (fastest ${(Math.min(...each) - Math.min(...base)).toFixed(1)})`,
  );
}
up.kill("SIGTERM");
stop();
