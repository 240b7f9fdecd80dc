import type { JoinRequest } from "../../control/join-route.ts";
import { createEngine } from "../../engine/engine.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { LocalConfig } from "../../manifests/read-local-config.ts";
import { FALLBACKS } from "../../manifests/settings/table.ts";
import type { RuntimeEvent } from "../../runtime/event.ts";
import { CommandError, type Context } from "../command.ts";
import { dataFolder } from "../data-folder.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { EXIT } from "../exit-code.ts";
import { formatRuntimeEvent } from "../up/event-line.ts";
import { localOptions } from "../up/local-options.ts";
import { waitForPods } from "../up/wait-for-pods.ts";
import type { FoundCluster } from "./found-cluster.ts";

/** Milliseconds that the command waits for local pods to answer. */
const PATIENCE = 10_000;

/**
 * A cluster of this command's own: manifests followed, local pods started, as `up` does. Local pods print
 * nothing, as the terminal is the program's; what goes wrong with them is told.
 */
export async function openOwnCluster(
  context: Context,
  manifests: readonly ManifestInput[],
  config: LocalConfig | undefined,
): Promise<Omit<FoundCluster, "origin">> {
  const { stderr } = context;
  const engine = createEngine({
    ...localOptions(config?.values ?? FALLBACKS),
    // It has no other way out either.
    offline: true,
    // What it runs is for its program alone.
    expose: "off",
    dataFolder: dataFolder(context.env),
  });
  engine.on("fault", (error) => stderr.write(`error: ${error.message}\n`));
  engine.on("diagnostics", (found) => reportDiagnostics(context, found));
  const tell = (event: RuntimeEvent) => {
    if (event.type === "exited" || event.type === "error" || event.type === "unhealthy") {
      stderr.write(`${formatRuntimeEvent(event)}\n`);
    }
  };
  engine.on("pod", tell);
  const found = await engine.load(manifests, { watch: true });
  reportDiagnostics(context, found);
  if (found.some(({ rule }) => rule === "file-unreadable")) {
    await engine.close();
    throw new CommandError(EXIT.unreadable, "not everything could be read");
  }
  engine.startPods();
  await waitForPods(stderr, engine.store, PATIENCE);
  const { store, view, dialer } = engine;
  const localAddressOf = (address: string, port: number) => engine.localAddressOf(address, port);
  const { servedRoutes: routes } = engine;
  const cluster = { store, view, dialer, localAddressOf, routes };
  const close = () => {
    // That they end now is nothing to tell.
    engine.off("pod", tell);
    return engine.close();
  };
  const join = ({ namespace, pod, isPod }: JoinRequest) =>
    engine.joinNetwork(namespace, pod, isPod);
  return { cluster, join, close };
}
