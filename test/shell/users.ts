import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { addProgram, builtPackage } from "../support/built-package.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** Who runs a command: what stands before its command line. */
export interface User {
  readonly name: string;
  readonly prefix: readonly string[];
}

const NOBODY: User = {
  name: "an ordinary user",
  prefix: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
};

/** Root runs the tests as nobody too; anyone else as the one they are. */
export const USERS: readonly User[] =
  process.getuid?.() === 0
    ? [NOBODY, { name: "root", prefix: [] }]
    : [{ name: "an ordinary user", prefix: [] }];

export function mayUnshare({ prefix }: User): boolean {
  const [program = "", ...args] = [...prefix, "unshare", "--user", "--map-root-user", "true"];
  return spawnSync(program, args).status === 0;
}

/** The package as any user of this machine may read it, and a Node that any user may run. */
export function publicPackage(): { readonly folder: string; readonly node: string } {
  const folder = builtPackage();
  addProgram(folder);
  // A link leads to where others may not look.
  rmSync(join(folder, "node_modules"));
  copyDependencies(ROOT, folder, new Set());
  chmodSync(folder, 0o777);
  const [user] = USERS;
  const [program = "", ...args] = [...(user?.prefix ?? []), process.execPath, "--version"];
  if (spawnSync(program, args).status === 0) return { folder, node: process.execPath };
  const node = join(folder, "node");
  cpSync(process.execPath, node);
  return { folder, node };
}

function copyDependencies(from: string, folder: string, copied: Set<string>): void {
  const { dependencies = {} } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    if (copied.has(name)) continue;
    copied.add(name);
    const source = join(ROOT, "node_modules", name);
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    cpSync(source, join(folder, "node_modules", name), { recursive: true, dereference: true });
    copyDependencies(source, folder, copied);
  }
}
