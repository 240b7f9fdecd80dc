import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/**
 * The sources as JavaScript in a package folder of their own, for programs that plain Node runs: a program in
 * that folder imports `kubelane/…` as users do. Types are not checked here.
 * @returns the folder; whoever asked removes it.
 */
export function builtPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-package-"));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const options = ["--noCheck", "--declaration", "false", "--incremental", "false"];
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, "-p", "tsconfig.build.json", ...options, "--outDir", join(folder, "dist")],
    { cwd: ROOT, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

/** Adds the program `kubelane` to a built package. */
export function addProgram(folder: string): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "bundle/bundle.mjs"), join(folder, "dist")],
    { cwd: ROOT, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`bundle: ${stderr}`);
}
