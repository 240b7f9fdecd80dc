import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

export const SRC = resolve(import.meta.dirname, "../../src");

/** Every source file below a folder. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return /\.tsx?$/.test(path) ? [path] : [];
  });
}
