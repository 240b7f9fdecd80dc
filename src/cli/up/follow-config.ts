import type { Engine } from "../../engine/engine.ts";
import type { LocalConfig } from "../../manifests/local-config.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import { type ConfigWatcher, watchConfigFile } from "../../sources/config-file.ts";
import { jsonEqual } from "../../store/equal.ts";
import type { Context } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import type { LocalPodsBoard } from "./local-pods-board.ts";

export interface FollowedConfig {
  readonly config: LocalConfig;
  readonly engine: Engine;
  readonly board: LocalPodsBoard;
  /** Whether the manifests that are served are those that it names, not others of the command line. */
  readonly namesManifests: boolean;
}

/** What an engine is told at its start only. */
const AT_START = [
  "network",
  "dns",
  "gateway",
  "apiServer",
  "state",
  "nodes",
  "backOff",
  "withoutEnvironment",
] as const;

/** Takes over what changes in kubelane.yaml; a broken one is told, and the last good one stays. */
export function followConfig(
  context: Context,
  { config, engine, board, namesManifests }: FollowedConfig,
): ConfigWatcher {
  const { file } = config;
  let { manifests } = config;
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
      board.configure(next);
      if (namesManifests) serveOthers(next.manifests).catch((error) => tell(error.message));
      for (const setting of AT_START) {
        if (jsonEqual(withoutPlaces(next[setting]), withoutPlaces(config[setting]))) continue;
        tell(`another ${NAMES[setting] ?? setting} takes effect after a restart of up`);
      }
    },
    onError: (error) => context.stderr.write(`error: ${file}: ${error.message}\n`),
  });
}

/** As the file has it, where that is another word. */
const NAMES: Readonly<Record<string, string>> = { withoutEnvironment: "environment" };

/** Where in the file something stands makes no difference. */
function withoutPlaces(setting: LocalConfig[(typeof AT_START)[number]]): unknown {
  if (!Array.isArray(setting)) return setting;
  return setting.map((each) =>
    typeof each === "object" ? { ...each, position: undefined } : each,
  );
}
