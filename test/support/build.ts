import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** Builds `dist` once before the tests, since those of the command line run what users run. */
export default function setup(): void {
  run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
  run("bundle/page.mjs");
  run("bundle/bundle.mjs");
}

function run(program: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [resolve(root, program), ...args],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`the build failed in ${program}:\n${stdout}${stderr}`);
}
