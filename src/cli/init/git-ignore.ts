import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes git ignore a file of this folder, unless its .gitignore does so already, or the folder is not git's.
 * @returns whether a line was written.
 */
export function makeIgnored(folder: string, name: string): boolean {
  if (!isInRepository(folder)) return false;
  const file = join(folder, ".gitignore");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines.includes(name) || lines.includes(`/${name}`)) return false;
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  writeFileSync(file, `${text}${separator}${name}\n`);
  return true;
}

function isInRepository(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return true;
    if (dirname(at) === at) return false;
  }
}
