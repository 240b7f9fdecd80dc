import type { RunningEngine } from "../control/client.ts";
import { type ControlInfo, standpointOf } from "../control/protocol.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { compareDiagnostics } from "../diagnostics/order.ts";
import type { Engine, LoadOptions } from "../engine/engine.ts";
import type { EngineOptions } from "../engine/options.ts";
import { describeInput, type ManifestInput } from "../manifests/manifest-input.ts";
import type { LocalConfig } from "../manifests/read-local-config.ts";
import { FALLBACKS } from "../manifests/settings/table.ts";
import { append } from "../objects/append.ts";
import { isUnread } from "../sources/path-findings.ts";
import type { ChosenCluster } from "./cluster/choose-cluster.ts";
import { CommandError, type Context, type Option } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { manifestOptions } from "./manifest-options.ts";
import { withProgress } from "./progress.ts";
import { timed, toldTo } from "./verbose.ts";

/** Options that name manifests, for commands that otherwise use a running `up`. */
export const MANIFEST_OPTIONS: readonly Option[] = manifestOptions(
  "the running `up`, else kubelane.yaml",
);

/** Objects in an engine that doesn't listen, and where they come from. */
export interface Inventory {
  readonly engine: Engine;
  /** Absent for objects from files. */
  readonly running?: RunningEngine;
}

/** How objects are looked at. */
export interface InventoryOptions {
  /** The namespace that is asked about; of a cluster, the only one that is read where the user may not read all. */
  readonly namespace?: string | undefined;
  /** Default: the running engine's. */
  readonly clusterDomain?: string | undefined;
}

/**
 * The objects that a command works with, in an engine that doesn't listen; see {@link findSource}.
 * @throws CommandError when there are none, or a file or the cluster can't be read.
 */
export async function findInventory(
  context: Context,
  given: readonly ManifestInput[] | undefined,
  options: InventoryOptions = {},
): Promise<Inventory> {
  const { clusterDomain } = options;
  const source = await findSource(context, given);
  if ("cluster" in source) {
    const { readContext } = await import("./cluster/read-context.ts");
    return { engine: await readContext(context, source.cluster, options) };
  }
  if ("manifests" in source) {
    const { manifests, config } = source;
    const engineOptions = clusterDomain === undefined ? {} : { clusterDomain };
    return { engine: await loadManifests(context, manifests, config, {}, engineOptions) };
  }
  const { running } = source;
  const { createEngine } = await import("../engine/engine.ts");
  const engine = createEngine({
    ...standpointOptions(running.info),
    ...(clusterDomain !== undefined && { clusterDomain }),
    // Control loops have run in the `up`; running them again could give another result.
    controllers: [],
  });
  await timed(
    context,
    (count) => `${count} objects of the running up, pid ${running.info.pid}`,
    async () => {
      const objects = await running.objects();
      // The `up` has validated these objects, or they come from a cluster.
      engine.store.apply(objects.map((object) => ({ op: "put", object })));
      return objects.length;
    },
  );
  return { engine, running };
}

/** The source of the objects that a command works with. */
export type ObjectSource =
  | { readonly running: RunningEngine }
  | { readonly cluster: ChosenCluster }
  | { readonly manifests: readonly ManifestInput[]; readonly config: LocalConfig | undefined };

/**
 * The given files, else the cluster of `--context`, else the running `up`, else what the nearest kubelane.yaml names.
 * @throws CommandError when there is none of these.
 */
export async function findSource(
  context: Context,
  given: readonly ManifestInput[] | undefined,
): Promise<ObjectSource> {
  if (context.kubeContext !== undefined) {
    if (given !== undefined) {
      const next = "leave out one of the two";
      throw new CommandError(EXIT.usage, "--context reads a cluster, and -f reads files", next);
    }
    const { findLocalConfig } = await import("./local-config.ts");
    return { cluster: await chosenCluster(context, await findLocalConfig(context, undefined)) };
  }
  const running = given === undefined ? await findRunning(context) : undefined;
  if (running !== undefined) return { running };
  const found = await manifestsOf(context, given);
  if (found.config?.values["cluster.context"] === undefined) return found;
  return { cluster: await chosenCluster(context, found.config) };
}

async function chosenCluster(
  context: Context,
  config: LocalConfig | undefined,
): Promise<ChosenCluster> {
  const { chooseCluster } = await import("./cluster/choose-cluster.ts");
  return chooseCluster(context, config?.values ?? FALLBACKS);
}

/** As the running `up` sees its objects. */
function standpointOptions(info: ControlInfo): EngineOptions {
  const { namespace, ...options } = standpointOf(info);
  return { ...options, ...(namespace !== undefined && { defaultNamespace: namespace }) };
}

/**
 * The running `up` of `--up`, or else that of the working folder, if there is one.
 * @throws CommandError when `--up` matches none or several, or when the `up` does not answer.
 */
export async function findRunning(context: Context): Promise<RunningEngine | undefined> {
  const client = await import("../control/client.ts");
  const { enginesNamed, findRunningEngine, runningEngines, SilentEngineError } = client;
  const { privateFolder } = await import("../runtime/private-folder.ts");
  const sockets = privateFolder(context.env);
  if (context.up === undefined) {
    try {
      return await findRunningEngine(context.cwd, sockets);
    } catch (error) {
      if (!(error instanceof SilentEngineError)) throw error;
      const next = `try again, end it with "kill ${error.pid}", or name manifests with -f`;
      throw new CommandError(EXIT.unreadable, error.message, next, { cause: error });
    }
  }
  const engines = await runningEngines(sockets);
  const [found, ...others] = enginesNamed(engines, context.up);
  if (found !== undefined && others.length === 0) return found;
  const all = engines.map(({ info }) => `${info.pid} of ${info.folder}`).sort();
  throw new CommandError(
    EXIT.unreadable,
    found === undefined
      ? `no running up is called ${context.up}`
      : `${others.length + 1} running ups are called ${context.up}`,
    all.length === 0 ? "none runs at all" : `name one by its pid: ${all.join(", ")}`,
  );
}

/**
 * The manifests to read when no `up` runs.
 * @throws CommandError when nothing names any.
 */
export async function manifestsOf(
  context: Context,
  given: readonly ManifestInput[] | undefined,
): Promise<{
  readonly manifests: readonly ManifestInput[];
  readonly config: LocalConfig | undefined;
}> {
  if (given !== undefined) return { manifests: given, config: undefined };
  const { findLocalConfig } = await import("./local-config.ts");
  const config = await findLocalConfig(context, undefined);
  if (config !== undefined) return { manifests: config.values.manifests, config };
  const elsewhere = await foldersOfRunning(context);
  throw new CommandError(
    EXIT.unreadable,
    "there is nothing to look at: no `kubelane up` of this folder runs, and no kubelane.yaml is here or above",
    elsewhere.length === 0
      ? "name manifests with -f, for example -f k8s/"
      : `name manifests with -f, or go to where one runs: ${elsewhere.join(", ")}`,
  );
}

/** The folder of each running `up`: among several the user has to choose. */
async function foldersOfRunning(context: Context): Promise<string[]> {
  const { runningEngines } = await import("../control/client.ts");
  const { privateFolder } = await import("../runtime/private-folder.ts");
  const engines = await runningEngines(privateFolder(context.env));
  return [...new Set(engines.map(({ info }) => info.folder))].sort();
}

/**
 * The objects of manifests in an engine that doesn't listen; findings are printed on stderr.
 * @throws CommandError when a file can't be read.
 */
export async function loadManifests(
  context: Context,
  manifests: readonly ManifestInput[],
  config: LocalConfig | undefined,
  options: LoadOptions = {},
  engineOptions: EngineOptions = {},
): Promise<Engine> {
  const { createEngine } = await import("../engine/engine.ts");
  const { localOptions } = await import("./up/local-options.ts");
  const { reportDiagnostics } = await import("./diagnostics-report.ts");
  const engine = createEngine({ ...(config && localOptions(config.values)), ...engineOptions });
  // Findings of control loops: a ClusterIP outside the ranges, for example.
  const refused: Diagnostic[] = [];
  const collect = (found: readonly Diagnostic[]) => void append(refused, found);
  engine.on("diagnostics", collect);
  const { told } = toldTo(context);
  if (told !== undefined) engine.on("told", told);
  const diagnostics = await withProgress(context, "reading manifests", () =>
    timed(
      context,
      () => `read ${manifests.map(describeInput).join(", ")}`,
      () => engine.load(manifests, options),
    ),
  );
  engine.off("diagnostics", collect);
  reportDiagnostics(context, [...diagnostics, ...refused].sort(compareDiagnostics));
  if (diagnostics.some(isUnread)) {
    throw new CommandError(EXIT.unreadable, "not everything could be read");
  }
  return engine;
}
