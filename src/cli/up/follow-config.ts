import type { Engine } from "../../engine/engine.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { LocalConfig } from "../../manifests/read-local-config.ts";
import { SETTING_KEYS, settingOf } from "../../manifests/settings/table.ts";
import { type ConfigWatcher, watchConfigFile } from "../../sources/config-file.ts";
import { jsonEqual } from "../../store/equal.ts";
import type { Context } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import type { SettingsInForce } from "../settings/in-force.ts";
import type { LocalPodsBoard } from "./local-pods-board.ts";

export interface FollowedConfig {
  readonly settings: SettingsInForce & { readonly config: LocalConfig };
  readonly engine: Engine;
  readonly board: LocalPodsBoard;
  /** Whether the manifests that are served are those that it names, not others of the command line. */
  readonly namesManifests: boolean;
}

/** Takes over what changes in kubelane.yaml; a broken one is told, and the last good one stays. */
export function followConfig(
  context: Context,
  { settings, engine, board, namesManifests }: FollowedConfig,
): ConfigWatcher {
  const { config, originOf } = settings;
  const { file } = config;
  let { manifests } = config.values;
  const tell = (text: string) => void context.stderr.write(`${file}: ${text}\n`);
  const serveOthers = async (next: readonly ManifestInput[]): Promise<void> => {
    if (jsonEqual(next, manifests)) return;
    if (next.length === 0) return tell("it names no manifests; those that it named are served on");
    manifests = next;
    reportDiagnostics(context, await engine.reload(next));
    tell("other manifests are served");
  };
  return watchConfigFile({
    path: file,
    cwd: context.cwd,
    onReading({ config: next, diagnostics }) {
      reportDiagnostics(context, diagnostics);
      if (next === undefined) return;
      board.configure(settings.over(next).values);
      if (namesManifests) serveOthers(next.values.manifests).catch((error) => tell(error.message));
      for (const key of SETTING_KEYS) {
        // What the command line says stays, whatever the file does.
        if (settingOf(key).live || originOf(key).type === "option") continue;
        if (jsonEqual(withoutPlaces(next.values[key]), withoutPlaces(config.values[key]))) continue;
        tell(`another ${key} takes effect after a restart of up`);
      }
    },
    onError: (error) => context.stderr.write(`error: ${file}: ${error.message}\n`),
  });
}

/** Where in the file something stands makes no difference. */
function withoutPlaces(setting: unknown): unknown {
  if (!Array.isArray(setting)) return setting;
  return setting.map((each) =>
    typeof each === "object" ? { ...each, position: undefined } : each,
  );
}
