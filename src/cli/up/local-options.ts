import type { EngineOptions } from "../../engine/options.ts";
import type { LocalConfig } from "../../manifests/local-config.ts";

/** What kubelane.yaml says to the engine. */
export function localOptions(config: LocalConfig): EngineOptions {
  const { network, apiServer, nodes, backOff, withoutEnvironment } = config;
  const off = withoutEnvironment.map((source) => [source === "proxy" ? "extra" : source, false]);
  return {
    localPods: config,
    ...(network !== undefined && { network }),
    ...(apiServer !== undefined && { apiServer }),
    nodes,
    backOff,
    environmentSources: Object.fromEntries(off),
  };
}
