import { statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { hookOnUse } from "../engine/in-process/hook.ts";
import { importFirst } from "../runtime/node-hook.ts";
import { ManifestPathError } from "./manifest-path-error.ts";

/** What may be a pattern is not looked for here: the matcher is only loaded when objects are read. */
const GLOB_SIGNS = /[*?[{]/;

type Environment = Record<string, string | undefined>;

/**
 * Hooks this process, and those it starts. Objects are read, or the running `up` is asked, when a connection
 * or a look-up first needs to know: programs that do neither start as fast as ever.
 * @param cwd what the paths are relative to, and where the running `up` is looked for from.
 * @param module the URL that children import.
 * @throws ManifestPathError when a path of `KUBELANE` is not there.
 */
export function register(env: Environment, cwd: string, module: string): void {
  // In a kubelane shell the network itself leads to the cluster, so nothing needs to be hooked.
  if (env["KUBELANE_SHELL"] !== undefined) return;
  const namespace = env["KUBELANE_NAMESPACE"] || env["POD_NAMESPACE"] || "default";
  const paths = (env["KUBELANE"] ?? "").split(delimiter).filter((path) => path !== "");
  if (paths.length > 0) {
    const absolute = paths.map((path) => resolve(cwd, path));
    const absent = absolute.filter((path) => !GLOB_SIGNS.test(path) && !isThere(path));
    if (absent.length > 0) {
      throw new ManifestPathError(absent.map((path) => `${path}: there is no such file or folder`));
    }
    hookOnUse(async () => {
      const { hookManifests } = await import("./manifest-objects.ts");
      await hookManifests(absolute, cwd, namespace);
    });
    // Children may start elsewhere.
    env["KUBELANE"] = absolute.join(delimiter);
  } else {
    const folder = env["KUBELANE_FOLDER"] || cwd;
    env["KUBELANE_FOLDER"] = folder;
    hookOnUse(async () => {
      const { followRunningEngine } = await import("./running-engine.ts");
      const { privateFolder } = await import("../runtime/private-folder.ts");
      await followRunningEngine({ folder, sockets: privateFolder(env), namespace });
    });
  }
  importFirst(env, module);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
