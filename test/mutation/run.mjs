// How much the tests notice: changes one expression of a module at a time, and lists the changes that turn no test red.
//
//   node test/mutation/run.mjs store               every mutant of src/store: 1,100, some 20 minutes
//   node test/mutation/run.mjs dns 0.1 7           those on a tenth of the lines, drawn by the seed 7
//   node test/mutation/run.mjs store report.json   those alone that survived in that report, after tests were added
//
// Works in a copy in the folder for temporary files, where Stryker is installed beside the project's packages: it needs
// 136 that nothing else needs, so it is no development dependency. Ends with 1 when fewer than 85 of 100 are found.

import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * The tests that a module's mutants meet: those that say what the module does, and need neither a built program nor a
 * long wait. A mutant that others alone would find counts as one that survives.
 */
const MODULES = {
  labels: ["test/labels/!(hostile|docs).test.ts"],
  store: ["test/store/*.test.ts"],
  balancer: ["test/balancer/*.test.ts", "test/controllers/why-none.test.ts"],
  controllers: ["test/controllers/*.test.ts"],
  dns: ["test/dns/!(fuzz|tools|network-namespace).test.ts", "test/dns/wire/*.test.ts"],
  "proxy/exchange": [
    "test/proxy/@(exchange|resend|field-section|gateway).test.ts",
    "test/routes/filters.test.ts",
  ],
};
const WANTED = 85;
const PACKAGES = ["@stryker-mutator/core@9.6.1", "@stryker-mutator/vitest-runner@9.6.1"];
const ROOT = resolve(import.meta.dirname, "../..");

const [module = "", which, seed = "1"] = process.argv.slice(2);
const tests = MODULES[module];
if (tests === undefined) {
  console.error(
    `usage: node test/mutation/run.mjs ${Object.keys(MODULES).join("|")} [SHARE SEED | REPORT]`,
  );
  process.exit(2);
}

const git = (...words) => execFileSync("git", words, { cwd: ROOT, encoding: "utf8" });
const found = (status) => status === "Killed" || status === "Timeout";
const missed = (status) => status === "Survived" || status === "NoCoverage";

/** Every mutant with the file it is in. */
function mutantsOf(report) {
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({ file, lines: source.split("\n"), ...mutant })),
  );
}

/** Numbers in [0, 1) by a linear congruential generator: the same for a seed on every machine. */
function drawing(from) {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What is changed, in Stryker's patterns. */
function places() {
  if (which === undefined) return [`src/${module}/**/*.ts`];
  if (existsSync(which)) {
    const left = mutantsOf(JSON.parse(readFileSync(which, "utf8"))).filter((m) => missed(m.status));
    return left.map(({ file, location: { start, end } }) => {
      return `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
    });
  }
  const draw = drawing(Number(seed));
  const files = git("ls-files", `src/${module}/**.ts`).trim().split("\n");
  return files.flatMap((file) => {
    const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
    return lines.flatMap((_, i) => (draw() < Number(which) ? [`${file}:${i + 1}-${i + 1}`] : []));
  });
}

/** Keeps a report, lists what survived in it, and counts. @returns the exit code. */
function judge(file) {
  const report = JSON.parse(readFileSync(file, "utf8"));
  const kept = resolve(`mutation-${module.replaceAll("/", "-")}.json`);
  writeFileSync(kept, JSON.stringify(report));
  const mutants = mutantsOf(report);
  const left = mutants.filter((mutant) => missed(mutant.status));
  for (const { file: source, lines, location, mutatorName, replacement = "" } of left) {
    const { start, end } = location;
    const line = lines[start.line - 1];
    const before = line.slice(
      start.column - 1,
      end.line === start.line ? end.column - 1 : undefined,
    );
    console.log(
      `${source}:${start.line}:${start.column} ${mutatorName}: ${before} → ${replacement}`,
    );
  }
  const killed = mutants.filter((mutant) => found(mutant.status)).length;
  const score = (100 * killed) / (killed + left.length);
  console.log(
    `${killed} of ${killed + left.length} found (${score.toFixed(1)} %); ${kept} has them all`,
  );
  return score < WANTED ? 1 : 0;
}

const copy = mkdtempSync(join(tmpdir(), "kubelane-mutation-"));
try {
  const files = git("ls-files", "--cached", "--others", "--exclude-standard").trim().split("\n");
  const made = ["src/labels/grammar.ts", "src/objects/tables", "node_modules"];
  for (const path of [...files, ...made].filter((path) => existsSync(join(ROOT, path)))) {
    cpSync(realpathSync(join(ROOT, path)), join(copy, path), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  const quietly = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
  execFileSync("npm", ["install", ...quietly, ...PACKAGES], { cwd: copy, stdio: "inherit" });
  writeFileSync(
    join(copy, "mutation.vitest.config.mjs"),
    `export default ${JSON.stringify({
      test: { setupFiles: ["test/support/seed.ts"], include: tests, testTimeout: 300_000 },
    })};\n`,
  );
  const settings = {
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "mutation.vitest.config.mjs", related: false },
    mutate: places(),
    coverageAnalysis: "perTest",
    concurrency: 1,
    // What runs once, when a file is loaded, can't be changed test by test.
    ignoreStatic: true,
    timeoutMS: 10_000,
    timeoutFactor: 3,
    tempDirName: join(copy, "sandbox"),
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: "report.json" },
  };
  writeFileSync(join(copy, "stryker.config.json"), JSON.stringify(settings));
  // Vitest takes the number of its workers from here, and Stryker wants one.
  const { VITEST_MAX_WORKERS: _, ...env } = process.env;
  const stryker = join(copy, "node_modules/.bin/stryker");
  const { status } = spawnSync(stryker, ["run", "stryker.config.json"], {
    cwd: copy,
    env,
    stdio: "inherit",
  });
  process.exitCode = status === 0 ? judge(join(copy, "report.json")) : (status ?? 1);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
