import { readdirSync, readFileSync } from "node:fs";

/** How a rule is named where it is broken. */
const NAMED = [
  /\bruled\(\s*"([a-z]+(?:-[a-z]+)+)"/g,
  /\b(?:id|rule): "([a-z]+(?:-[a-z]+)+)"/g,
  /[#.](?:error|find)\(\s*"([a-z]+(?:-[a-z]+)+)"/g,
];

/** The ids of the rules that modules of the sources name, in order. */
export function rulesInSources(modules: readonly string[]): string[] {
  const found = new Set<string>();
  for (const module of modules) {
    const path = new URL(`../../src/${module}/`, import.meta.url);
    for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) {
      // Why a Service has no endpoint to offer is no finding about what is written.
      if (!name.endsWith(".ts") || name === "why-none.ts") continue;
      const text = readFileSync(new URL(name, path), "utf8");
      for (const pattern of NAMED) for (const [, id] of text.matchAll(pattern)) found.add(id!);
    }
  }
  return [...found].sort();
}
