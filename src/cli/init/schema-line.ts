import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The JSON schema as the package has it, and as `init` writes it where no package is installed. */
export const SCHEMA_FILE = "kubelane.schema.json";

/**
 * Where editors find the schema from a folder: in the nearest node_modules that has this package, so that it is of
 * the installed version.
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

/** What yaml-language-server reads, which most editors use, and IntelliJ as well. */
export function schemaLine(path: string): string {
  return `# yaml-language-server: $schema=${path}`;
}
