import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/** Builds `dist` once before the tests, since those of the command line run what users run. */
export default function setup(): void {
  const root = resolve(import.meta.dirname, "../..");
  const tsc = resolve(root, "node_modules/typescript/bin/tsc");
  const built = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
}
