import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

export const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** A copy of `consumer/` in a folder of its own, with the package installed as npm packs it. Whoever calls removes it. */
export function packedConsumer(): string {
  const consumer = mkdtempSync(join(tmpdir(), "kubelane-consumer-"));
  cpSync(join(import.meta.dirname, "consumer"), consumer, { recursive: true });
  const modules = join(consumer, "node_modules");
  mkdirSync(join(modules, "kubelane"), { recursive: true });
  const packed = execFileSync(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", consumer],
    { cwd: ROOT, encoding: "utf8", shell: process.platform === "win32" },
  );
  const [{ filename }] = JSON.parse(packed);
  execFileSync("tar", [
    "-xzf",
    join(consumer, filename),
    "--strip-components=1",
    "-C",
    join(modules, "kubelane"),
  ]);
  const names = [
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.peerDependencies),
    "pure-rand",
    "@types/node",
    "undici-types",
  ];
  for (const name of names) {
    // A package of a scope lies in the scope's folder.
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name), "junction");
  }
  return consumer;
}
