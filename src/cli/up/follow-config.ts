import type { LocalConfig } from "../../manifests/local-config.ts";
import { type ConfigWatcher, watchConfigFile } from "../../sources/config-file.ts";
import { jsonEqual } from "../../store/equal.ts";
import type { Context } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import type { LocalPodsBoard } from "./local-pods-board.ts";

/** Takes over what changes in kubelane.yaml; a broken one is told, and the last good one stays. */
export function followConfig(
  context: Context,
  board: LocalPodsBoard,
  config: LocalConfig,
): ConfigWatcher {
  return watchConfigFile({
    path: config.file,
    cwd: context.cwd,
    onReading({ config: next, diagnostics }) {
      reportDiagnostics(context, diagnostics);
      if (next === undefined) return;
      board.configure(next);
      if (!jsonEqual(next.manifests, config.manifests)) {
        context.stderr.write(`${config.file}: other manifests are served after a restart of up\n`);
      }
      for (const setting of ["apiServer", "nodes"] as const) {
        if (jsonEqual(withoutPlaces(next[setting]), withoutPlaces(config[setting]))) continue;
        const file = config.file;
        context.stderr.write(`${file}: another ${setting} takes effect after a restart of up\n`);
      }
    },
    onError: (error) => context.stderr.write(`error: ${config.file}: ${error.message}\n`),
  });
}

/** Where in the file something stands makes no difference. */
function withoutPlaces(setting: LocalConfig["apiServer" | "nodes"]): unknown {
  if (setting === undefined || typeof setting === "string") return setting;
  return setting.map(({ position: _, ...node }) => node);
}
