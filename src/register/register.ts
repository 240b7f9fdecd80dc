import { delimiter, resolve } from "node:path";
import { hook } from "../engine/in-process/hook.ts";
import { privateFolder } from "../runtime/private-folder.ts";
import { inheritRegistration } from "./child-processes.ts";
import { loadManifests } from "./manifest-objects.ts";
import { createProgramView } from "./program-view.ts";
import { followRunningEngine } from "./running-engine.ts";

type Environment = Record<string, string | undefined>;

/**
 * Hooks this process, and those it starts.
 * @param cwd what the paths are relative to, and where the running `up` is looked for from.
 * @param module the URL that children import.
 * @throws ManifestPathError when a path of `KUBELANE` can't be read.
 */
export async function register(env: Environment, cwd: string, module: string): Promise<void> {
  const namespace = env["KUBELANE_NAMESPACE"] || env["POD_NAMESPACE"] || "default";
  const paths = (env["KUBELANE"] ?? "").split(delimiter).filter((path) => path !== "");
  if (paths.length > 0) {
    const absolute = paths.map((path) => resolve(cwd, path));
    const store = await loadManifests(absolute, cwd);
    hook(createProgramView({ store, namespace, view: "cluster" }));
    // Children may start elsewhere.
    env["KUBELANE"] = absolute.join(delimiter);
  } else {
    const folder = env["KUBELANE_FOLDER"] || cwd;
    env["KUBELANE_FOLDER"] = folder;
    await followRunningEngine({ folder, sockets: privateFolder(env), namespace });
  }
  inheritRegistration(env, module);
}
