import { compareDiagnostics } from "../diagnostics/order.ts";
import type { Engine } from "../engine/engine.ts";
import { CommandError, type Context, type Option } from "./command.ts";
import { reportDiagnostics } from "./diagnostics-report.ts";
import { EXIT } from "./exit-code.ts";

export const FILENAME_OPTION: Option = {
  flags: "-f, --filename <path...>",
  summary: "manifest files, folders, globs, or - (default: the running `up`, else kubelane.yaml)",
};

/**
 * The objects a command speaks of, in an engine that listens to nothing: those of the given files, else of
 * the running `up`, else of the nearest kubelane.yaml.
 * @throws CommandError when there are none of these, or a file can't be read.
 */
export async function openInventory(
  context: Context,
  paths: readonly string[] | undefined,
): Promise<Engine> {
  const { createEngine } = await import("../engine/engine.ts");
  if (paths === undefined) {
    const { findRunningEngine } = await import("../control/client.ts");
    const { socketFolder } = await import("../control/socket-folder.ts");
    const running = await findRunningEngine(context.cwd, socketFolder(context.env));
    if (running !== undefined) {
      const engine = createEngine({
        clusterDomain: running.info.clusterDomain,
        // They are settled: working on them again could come to another result.
        controllers: [],
      });
      await engine.load(await running.objects());
      return engine;
    }
  }
  const { readLocalConfig } = await import("./local-config.ts");
  const config = paths === undefined ? await readLocalConfig(context, undefined) : undefined;
  const manifests = paths ?? config?.manifests;
  if (manifests === undefined) {
    throw new CommandError(
      EXIT.unreadable,
      "there is nothing to look at: no `kubelane up` runs, and no kubelane.yaml is here or above",
      "name manifests with -f, for example -f k8s/",
    );
  }
  const engine = createEngine(config === undefined ? {} : { localPods: config });
  const diagnostics = (await engine.load(manifests)).sort(compareDiagnostics);
  reportDiagnostics(context, diagnostics);
  if (diagnostics.some(({ rule }) => rule === "file-unreadable")) {
    throw new CommandError(EXIT.unreadable, "not everything could be read");
  }
  return engine;
}
