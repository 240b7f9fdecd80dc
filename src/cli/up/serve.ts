import { dirname } from "node:path";
import type { Policy } from "../../balancer/policy.ts";
import { RecentTraffic } from "../../control/recent-traffic.ts";
import { createEngine, type Engine } from "../../engine/engine.ts";
import type { MirrorClaim } from "../../engine/mirror-claim.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { Pod } from "../../objects/pod.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import type { ChosenCluster } from "../cluster/choose-cluster.ts";
import { CommandError, type Context } from "../command.ts";
import { dataFolder } from "../data-folder.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { EXIT } from "../exit-code.ts";
import type { SettingsInForce } from "../settings/in-force.ts";
import { followedCluster } from "./cluster.ts";
import { tellReady } from "./detach.ts";
import { end } from "./end.ts";
import { formatRuntimeEvent } from "./event-line.ts";
import { FaultNet } from "./fault-net.ts";
import { followConfig } from "./follow-config.ts";
import { listenSettings, mirrorOf } from "./listen-settings.ts";
import { tellLiveServices } from "./live-services.ts";
import { localOptions } from "./local-options.ts";
import { LocalPodsBoard } from "./local-pods-board.ts";
import { claimFor } from "./mirror.ts";
import { openControl } from "./open-control.ts";
import { openDoors } from "./open-doors.ts";
import { unreadyPods } from "./pods-settled.ts";
import { readyLines } from "./ready-lines.ts";
import { LogRecorder } from "./record-logs.ts";
import { type ProgramToRun, runProgramBeside } from "./run-program.ts";
import { RunningPods } from "./running-pods.ts";
import { openLiveScreen } from "./screen/live-screen.ts";
import { Talk } from "./talk.ts";
import { troublesOf } from "./telemetry.ts";
import { tellEvents } from "./tell-events.ts";
import { waitForPods } from "./wait-for-pods.ts";
import { watchRestart } from "./watch-restart.ts";

/** Milliseconds that the first table waits for local pods to answer. */
const PATIENCE = 10_000;

export interface ServeOptions {
  readonly settings: SettingsInForce;
  /** The cluster to follow, below what the manifests say. */
  readonly cluster: ChosenCluster | undefined;
  readonly manifests: readonly ManifestInput[];
  /** Whether the manifests are those that the config names. */
  readonly namesManifests: boolean;
  /** How endpoints are chosen. */
  readonly policy: Policy;
  /** Whether the output of local pods is not shown. */
  readonly quiet: boolean;
  /** What is run once pods are ready; when it ends, so does the `up`. */
  readonly program: ProgramToRun | undefined;
  /** Milliseconds that local pods have to become ready, where that is waited for. */
  readonly wait: number | undefined;
}

/** Serves until a signal comes. @returns the exit code. */
export async function serve(terminal: Context, options: ServeOptions): Promise<number> {
  const talk = new Talk(terminal.stderr, options.settings.values.log);
  const context: Context = { ...terminal, stderr: talk };
  const { settings, program, manifests } = options;
  const { values } = settings;
  const quit = new AbortController();
  const stopped = Promise.race([context.signal(), aborted(quit.signal)]);
  const began = performance.now();
  const cluster =
    options.cluster && followedCluster(options.cluster, values["cluster.reach"], talk);
  const claim = await claimFor(context, mirrorOf(values));
  const relays = values.relays && claim !== undefined;
  const board = new LocalPodsBoard(values, (pods) => engine.startPods(pods));
  const engine = engineFor(context, options, { cluster, claim, board });
  const faults = new FaultNet(context, talk);
  let record: LogRecorder | undefined;
  try {
    const { report, findings, unreachable } = tellEvents(context, engine, talk);
    await cluster?.follow(engine);
    if (manifests.length > 0) report(await engine.load(manifests, { watch: true }));
    // After the files, so that they win over a kept state.
    if (values.state !== undefined) await keepState(engine, values.state);
    const recent = new RecentTraffic();
    engine.on("traffic", (event) => recent.add(event, Date.now()));
    const witnesses = { talk, faults, cluster };
    const doors = await openDoors(context, engine, {
      settings,
      manifests,
      listens: listenSettings(settings, options.cluster),
      hasMirror: claim !== undefined,
      relays,
      recent,
      witnesses,
      troubles: () => [...troublesOf(witnesses), ...findings.list()],
    });
    unreachable.print();

    record = new LogRecorder(context, ownFolder(context, settings), (error) =>
      talk.write(`warning: what local pods write is not kept: ${error.message}\n`),
    );
    tellPods(engine, talk, record, options.quiet);
    const running = new RunningPods(engine);
    engine.startPods();
    const control = { ...options, bound: doors, board, recent, quit: () => quit.abort() };
    const followers = [
      doors.admin,
      doors.page,
      await openControl(context, engine, control),
      ...(await watchers(context, engine, board, options)),
    ];
    await Promise.race([waitForPods(talk, engine.store, options.wait ?? PATIENCE), stopped]);
    const unready = options.wait === undefined ? [] : unreadyPods(engine.store);

    // A program's own output is what is piped on.
    const stdout = program === undefined ? context.stdout : talk;
    const served = { values, manifests, followsCluster: cluster !== undefined, doors, relays };
    for (const line of readyLines(engine, served)) stdout.write(`${line}\n`);
    const seconds = (performance.now() - began) / 1000;
    talk.write(`ready after ${seconds.toFixed(2)} s; Ctrl-C ends it\n`);
    tellReady(unready);
    tellLiveServices(engine, talk);

    if (program === undefined) {
      const signal = await screenUntil(stopped, context, engine, talk, () => quit.abort());
      await closeAll(followers);
      return await end(context, engine, running, signal);
    }
    const code = await runWhenReady(context, engine, program, unready, stopped);
    await closeAll(followers);
    await end(context, engine, running, "SIGTERM");
    return code;
  } catch (error) {
    await engine.close();
    throw error;
  } finally {
    claim?.release();
    cluster?.close();
    faults.close();
    record?.flush();
  }
}

interface EngineParts {
  readonly cluster: ReturnType<typeof followedCluster> | undefined;
  readonly claim: MirrorClaim | undefined;
  readonly board: LocalPodsBoard;
}

function engineFor(
  context: Context,
  { settings, policy, cluster: chosen }: ServeOptions,
  { cluster, claim, board }: EngineParts,
): Engine {
  return createEngine({
    ...(cluster && {
      cluster: true,
      dialer: cluster.dialer,
      defaultNamespace: chosen?.ownNamespace ?? DEFAULT_NAMESPACE,
    }),
    ...localOptions(settings.values),
    localPods: board.pods,
    mirror: claim?.mirror.number ?? 0,
    policy,
    nodeHook: {
      module: new URL("../../register/index.js", import.meta.url).href,
      folder: ownFolder(context, settings),
    },
    dataFolder: dataFolder(context.env),
    // Clients of the API may still read Endpoints objects.
    legacyEndpoints: listenSettings(settings, chosen).api !== undefined,
  });
}

/** The folder of kubelane.yaml, else the one that `up` was started in. */
function ownFolder({ cwd }: Context, { config }: SettingsInForce): string {
  return config === undefined ? cwd : dirname(config.file);
}

/** @throws CommandError when the folder can't be used */
async function keepState(engine: Engine, folder: string): Promise<void> {
  try {
    await engine.keepState(folder);
  } catch (error) {
    const next = "name another folder with --state";
    throw new CommandError(EXIT.unreadable, (error as Error).message, next);
  }
}

/** Records what local pods do and write, and prints it; with `quiet`, without their output. */
function tellPods(engine: Engine, talk: Talk, record: LogRecorder, quiet: boolean): void {
  engine.on("pod", (event) => {
    record.note(event);
    if (quiet && event.type === "output") return;
    talk.tell({ ...event, type: `pod-${event.type}` }, formatRuntimeEvent(event));
  });
}

/** Follows kubelane.yaml and the files whose change restarts pods; resolves once both are watched. */
async function watchers(
  context: Context,
  engine: Engine,
  board: LocalPodsBoard,
  { settings, namesManifests }: ServeOptions,
) {
  const { config, values } = settings;
  const followed = config && { settings: { ...settings, config }, engine, board, namesManifests };
  const all = [
    followed && followConfig(context, followed),
    values.watchRestart.length > 0 ? watchRestart(context, engine, values.watchRestart) : undefined,
  ];
  await Promise.all(all.map((watcher) => watcher?.ready));
  return all;
}

type Follower = { close(): void | Promise<void> } | undefined;

async function closeAll(followers: readonly Follower[]): Promise<void> {
  await Promise.all(followers.map((follower) => follower?.close()));
}

/** Runs the program unless a pod is not ready. @returns its exit code, or that of a failed wait. */
async function runWhenReady(
  context: Context,
  engine: Engine,
  program: ProgramToRun,
  unready: readonly string[],
  stopped: Promise<NodeJS.Signals>,
): Promise<number> {
  if (unready.length === 0) {
    return await runProgramBeside(context, program, engine.proxyVariables(), stopped);
  }
  context.stderr.write(`not run: ${unready.join(", ")} did not become ready in time\n`);
  return EXIT.no;
}

/** Shows the live screen, where the terminal has room for one, until the `up` is stopped. */
async function screenUntil(
  stopped: Promise<NodeJS.Signals>,
  context: Context,
  engine: Engine,
  talk: Talk,
  onQuit: () => void,
): Promise<NodeJS.Signals> {
  const keys = {
    onQuit,
    onReload: () => void reload(context, engine),
    onRestart: (pod: Pod) => void restart(talk, engine, pod),
  };
  const screen = talk.isJson ? undefined : openLiveScreen(context, engine, keys);
  const { target } = talk;
  if (screen !== undefined) talk.target = screen.log;
  const signal = await stopped;
  talk.target = target;
  screen?.close();
  return signal;
}

/** The key for it is as good as Ctrl-C. */
async function aborted(signal: AbortSignal): Promise<NodeJS.Signals> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return "SIGINT";
}

/** Reads all manifests again, as if they had changed. */
async function reload(context: Context, engine: Engine): Promise<void> {
  try {
    reportDiagnostics(context, await engine.reload());
    context.stderr.write("manifests read again\n");
  } catch (error) {
    context.stderr.write(`error: ${(error as Error).message}\n`);
  }
}

/** Events of the runtime tell what becomes of it. */
async function restart(talk: Talk, engine: Engine, pod: Pod): Promise<void> {
  const { name, uid } = pod.metadata;
  if (!engine.runsPod(pod))
    talk.write(`${name} is no process of this up, which can't restart it\n`);
  else await engine.restartPods(({ metadata }) => metadata.uid === uid);
}
