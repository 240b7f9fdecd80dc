import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The path of the JSON schema in the package, and where `init` writes a copy if no package is installed. */
export const SCHEMA_FILE = "kubelane.schema.json";

/**
 * Where editors find the schema from a folder: in the nearest node_modules with this package, so that it fits the
 * installed version.
 * @returns undefined where there is none: then a copy is needed.
 */
export function installedSchema(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, "node_modules", "kubelane", SCHEMA_FILE);
    if (existsSync(path)) {
      const way = relative(folder, path).replaceAll("\\", "/");
      return way.startsWith(".") ? way : `./${way}`;
    }
    if (dirname(at) === at) return undefined;
  }
}

/** The comment that yaml-language-server reads, which most editors use; IntelliJ reads it as well. */
export function schemaLine(path: string): string {
  return `# yaml-language-server: $schema=${path}`;
}
