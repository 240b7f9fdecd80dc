import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe } from "vitest";

/** The steering folder beside the checkout; absent in a plain clone. */
export const SHARED = resolve(import.meta.dirname, "../../../shared");

const known = new Map<string, boolean>();

function has(tool: string): boolean {
  let found = known.get(tool);
  if (found === undefined) {
    found =
      tool === "shared"
        ? existsSync(SHARED)
        : spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;
    known.set(tool, found);
  }
  return found;
}

/**
 * A suite that needs more than Node: skipped where a tool is missing, and its name says why.
 * `.ci/run` installs everything and fails when anything is skipped.
 */
export function describeWith(tools: readonly string[], name: string, body: () => void): void {
  const missing = tools.filter((tool) => !has(tool));
  if (missing.length === 0) describe(name, body);
  else describe.skip(`${name} [skipped: needs ${missing.join(", ")}]`, body);
}
