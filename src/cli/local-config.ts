import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type ManifestInput, placeOf } from "../manifests/manifest-input.ts";
import type { LocalConfig } from "../manifests/read-local-config.ts";
import { findConfigFile, readConfigFile } from "../sources/config-file.ts";
import { CommandError, type Context } from "./command.ts";
import { reportDiagnostics } from "./diagnostics-report.ts";
import { EXIT } from "./exit-code.ts";

/**
 * The kubelane.yaml that applies: the one that was named, else one in a folder of the manifests, else the nearest
 * here or above.
 * @returns undefined when there is none.
 * @throws CommandError when it can't be read or is invalid.
 */
export async function findLocalConfig(
  context: Context,
  explicit: string | undefined,
  manifests: readonly ManifestInput[] = [],
): Promise<LocalConfig | undefined> {
  const path =
    explicit === undefined
      ? ((await besideManifests(context, manifests)) ?? (await findConfigFile(context.cwd)))
      : resolve(context.cwd, explicit);
  if (path === undefined) return undefined;
  const { config, diagnostics } = await readConfigFile(path, context.cwd);
  reportDiagnostics(context, diagnostics);
  if (config === undefined) throw new CommandError(EXIT.unreadable, `${path} can't be used`);
  return config;
}

async function besideManifests(
  { cwd }: Context,
  manifests: readonly ManifestInput[],
): Promise<string | undefined> {
  for (const each of manifests) {
    const place = placeOf(each);
    if (place === undefined) continue;
    const folder = resolve(cwd, place);
    const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() ?? false;
    if (!isFolder) continue;
    const found = await findConfigFile(folder);
    // Only in that folder itself; those above are searched from the working folder.
    if (found !== undefined && resolve(found, "..") === folder) return found;
  }
  return undefined;
}
