// Wall time of short commands beside a bare Node: node bench/cli/commands.mjs [ROUNDS [MANIFESTS]]
//
// Every round runs each contender once, in turn: bare `node -e 0`, the command as users run it (bundled, with
// the code cache warm) and the same unbundled. Printed: medians, ranges, ratios to the bare Node of the same run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const rounds = Number(process.argv[2] ?? 15);
const root = resolve(import.meta.dirname, "../..");
const bundled = join(root, "dist/bin/kubelane.cjs");
const unbundled = join(root, "dist/cli/main.js");
const manifests = resolve(
  process.argv[3] ?? join(root, "../shared/manifests/online-boutique.yaml"),
);
const cache = mkdtempSync(join(tmpdir(), "kubelane-bench-"));

/** Each with what its output has to contain: a fast wrong answer is none. */
const commands = [
  [["match", "app in (web,api),tier!=db", "app=web"], "match"],
  [["--help"], "kubelane"],
  [["version"], ""],
  [["check", manifests], ""],
  [["get", "services", "-f", manifests], "frontend"],
  [["resolve", "frontend", "-f", manifests], "frontend"],
  [["trace", "frontend", "-f", manifests], "frontend"],
];

function milliseconds(args, expected) {
  const began = performance.now();
  const { stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: cache,
    encoding: "utf8",
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  const taken = performance.now() - began;
  if (error || !stdout.includes(expected)) throw new Error(`${args.join(" ")}: ${stderr}`);
  return taken;
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)];
const show = (list) =>
  `${median(list).toFixed(0).padStart(4)} (${Math.min(...list).toFixed(0)}–${Math.max(...list).toFixed(0)})`;

try {
  for (const [args, expected] of commands) milliseconds([bundled, ...args], expected);
  const bare = [];
  const times = commands.map(() => ({ bundled: [], unbundled: [] }));
  for (let round = 0; round < rounds; round++) {
    bare.push(milliseconds(["-e", "0"], ""));
    for (const [i, [args, expected]] of commands.entries()) {
      times[i].bundled.push(milliseconds([bundled, ...args], expected));
      times[i].unbundled.push(milliseconds([unbundled, ...args], expected));
    }
  }
  console.log(`node -e 0: ${show(bare)} ms, ${rounds} rounds, Node ${process.version}`);
  for (const [i, [args]] of commands.entries()) {
    const ratio = (list) => (median(list) / median(bare)).toFixed(2);
    const { bundled, unbundled } = times[i];
    console.log(
      `${args[0].padEnd(8)} ${show(bundled)} ms = ${ratio(bundled)} × bare; unbundled ${show(unbundled)} ms = ${ratio(unbundled)} ×`,
    );
  }
} finally {
  rmSync(cache, { recursive: true, force: true });
}
