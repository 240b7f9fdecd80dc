import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Policy } from "../../balancer/policy.ts";
import { apiRoute } from "../../control/api-route.ts";
import { runningEngines } from "../../control/client.ts";
import { joinRoute } from "../../control/join-route.ts";
import { localPlacesRoute } from "../../control/local-places.ts";
import { lostAddressesRoute } from "../../control/lost-addresses.ts";
import { originsRoute } from "../../control/origins.ts";
import { reachRoute } from "../../control/reach-route.ts";
import { RecentTraffic } from "../../control/recent-traffic.ts";
import { serveControl } from "../../control/server.ts";
import {
  recentTrafficRoute,
  type TrafficSource,
  trafficRoute,
} from "../../control/traffic-route.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { printable } from "../../diagnostics/printable.ts";
import { createEngine, type Engine } from "../../engine/engine.ts";
import type { ApiAddress } from "../../engine/listen.ts";
import { describeInput, type ManifestInput, placeOf } from "../../manifests/manifest-input.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import { othersClasses } from "../../routes/served-classes.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import type { ChosenCluster } from "../cluster/choose-cluster.ts";
import { CommandError, type Context } from "../command.ts";
import { dataFolder } from "../data-folder.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { EXIT, exitCodeOf } from "../exit-code.ts";
import { formatAddress, type ListenAddress } from "../listen-address.ts";
import type { SettingsInForce } from "../settings/in-force.ts";
import { packageVersion } from "../version.ts";
import { broughtServices } from "./brought-services.ts";
import { followedCluster } from "./cluster.ts";
import { tellReady } from "./detach.ts";
import { endRoute } from "./end-route.ts";
import { formatRuntimeEvent, networkLine } from "./event-line.ts";
import { FaultNet } from "./fault-net.ts";
import { followConfig } from "./follow-config.ts";
import { listenApiOn, listenHttpsOn, listenOn } from "./listen-on.ts";
import { listenSettings, mirrorOf } from "./listen-settings.ts";
import { classesLine, listenerLines } from "./listener-lines.ts";
import { openLiveScreen } from "./live-screen.ts";
import { tellLiveServices } from "./live-services.ts";
import { localOptions } from "./local-options.ts";
import { localPlacesOf } from "./local-places.ts";
import { LocalPodsBoard } from "./local-pods-board.ts";
import { claimFor, lostPlace, mirrorRule } from "./mirror.ts";
import { firstRelay, howToRun, lineToTry } from "./next-step.ts";
import { openPage } from "./open-page.ts";
import { unreadyPods } from "./pods-settled.ts";
import { LogRecorder } from "./record-logs.ts";
import { restartRoute } from "./restart-route.ts";
import { type ProgramToRun, runProgramBeside } from "./run-program.ts";
import { runRoute } from "./run-route.ts";
import { RunningPods } from "./running-pods.ts";
import { formatServices } from "./service-table.ts";
import { StandingFindings } from "./standing-findings.ts";
import { Talk } from "./talk.ts";
import { logAccess, serveAdmin, troublesOf } from "./telemetry.ts";
import { UnreachableReport } from "./unreachable-report.ts";
import { listed, waitForPods } from "./wait-for-pods.ts";
import { watchRestart } from "./watch-restart.ts";

/**
 * Milliseconds after the first signal in which another one is its echo: from a terminal, Ctrl-C reaches npm
 * and what npm started, and npm passes it on once more.
 */
const ECHO = 300;

/** Milliseconds of an end after which it says what it waits for. */
const SLOW = 1500;

/** Milliseconds that the first table waits for local pods to answer. */
const PATIENCE = 10_000;

const REVERSE_ZONES = ["in-addr.arpa", "ip6.arpa"];

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
  const stderr = new Talk(terminal.stderr, options.settings.values.log);
  const context: Context = { ...terminal, stderr };
  const { settings, quiet } = options;
  const { values, config } = settings;
  const listens = listenSettings(settings, options.cluster);
  // A program's own output is what is piped on.
  const stdout = options.program === undefined ? context.stdout : stderr;
  const quit = new AbortController();
  let record: LogRecorder | undefined;
  const stopped = Promise.race([context.signal(), aborted(quit.signal)]);
  const began = performance.now();
  const cluster =
    options.cluster && followedCluster(options.cluster, values["cluster.reach"], stderr);
  const claim = await claimFor(context, mirrorOf(values));
  const relays = values.relays && claim !== undefined;
  const board = new LocalPodsBoard(values, (pods) => engine.startPods(pods));
  const engine = createEngine({
    ...(cluster && {
      cluster: true,
      dialer: cluster.dialer,
      defaultNamespace: options.cluster?.ownNamespace ?? DEFAULT_NAMESPACE,
    }),
    ...localOptions(values),
    localPods: board.pods,
    mirror: claim?.mirror.number ?? 0,
    policy: options.policy,
    nodeHook: {
      module: new URL("../../register/index.js", import.meta.url).href,
      folder: config === undefined ? context.cwd : dirname(config.file),
    },
    dataFolder: dataFolder(context.env),
    // Clients of the API may still read them.
    legacyEndpoints: listens.api !== undefined,
  });
  const faults = new FaultNet(context, stderr);
  try {
    engine.on("fault", (error) => stderr.write(`error: ${error.message}\n`));
    engine.on("told", (message) => stderr.tell({ type: "told", message }, message));
    const findings = new StandingFindings();
    engine.on("diagnostics", (found) => {
      findings.add(found);
      report(context, stderr, found);
    });
    engine.on("network", (outcome) =>
      stderr.tell({ type: "network", ...outcome }, networkLine(outcome)),
    );
    engine.on("mended", (files) => {
      findings.mended(files);
      for (const file of files)
        stderr.tell({ type: "mended", file }, `${file}: no findings any more`);
    });
    const unreachable = new UnreachableReport(stderr);
    engine.on("unreachable", (...lost) => unreachable.add(...lost));
    engine.on("reachable", (relay) => unreachable.regained(relay));

    await cluster?.follow(engine);
    if (options.manifests.length > 0) {
      const found = await engine.load(options.manifests, { watch: true });
      findings.add(found);
      report(context, stderr, found);
    }
    // After the files: what stands in them is theirs.
    if (values.state !== undefined) await keepState(engine, values.state);
    const upstream = values["dns.upstream"];
    // As kubeadm has it: addresses that are not the cluster's are somebody else's to name.
    const fallthrough = upstream.length > 0 ? REVERSE_ZONES : [];
    const answers = {
      ttl: values["dns.ttl"],
      cache: values["dns.cache"],
      routes: values["dns.routes"],
      upstream,
      fallthrough,
    };
    const dns =
      listens.dns &&
      (await listenOn(engine, "dns", listens.dns, stderr, {
        dns: { ...answers, view: claim === undefined ? "cluster" : "local" },
      }));
    const { strict, "gateway.subdomains": subdomains } = values;
    const troubles = () => [...troublesOf({ talk: stderr, faults }), ...findings.list()];
    const recent = new RecentTraffic();
    engine.on("traffic", (event) => recent.add(event, Date.now()));
    const hasPage = listens.gateway !== undefined && values["gateway.page"];
    const browserPage = hasPage
      ? await openPage(context, engine, {
          settings,
          manifests: options.manifests,
          recent,
          troubles,
          api: () => api && accessTo(api),
        })
      : undefined;
    const page = hasPage && { troubles };
    const gateway =
      listens.gateway &&
      (await listenOn(engine, "gateway", listens.gateway, stderr, {
        gateway: {
          strict,
          subdomains,
          page,
          ...(browserPage && { browserPage: browserPage.listener }),
        },
      }));
    const https =
      listens.gateway && listens.https && (await listenHttpsOn(engine, listens.https, stderr));
    const api = listens.api && (await listenApiOn(engine, listens.api, stderr));
    if (relays) {
      await engine.listen({ services: true, nodePorts: true, routes: true, relays: { strict } });
    }
    logAccess(context, engine, values.accessLog);
    const admin =
      listens.admin && (await serveAdmin(engine, listens.admin, { talk: stderr, faults }));
    unreachable.print();

    const folder = config === undefined ? context.cwd : dirname(config.file);
    record = new LogRecorder(context, folder, (error) =>
      stderr.write(`warning: what local pods write is not kept: ${error.message}\n`),
    );
    engine.on("pod", (event) => {
      record?.note(event);
      if (quiet && event.type === "output") return;
      stderr.tell({ ...event, type: `pod-${event.type}` }, formatRuntimeEvent(event));
    });
    const running = new RunningPods(engine);
    engine.startPods();
    const followers = [
      admin,
      browserPage,
      await openControl(
        context,
        engine,
        options,
        { dns, gateway, api },
        { board, recent, quit: () => quit.abort() },
      ),
      config &&
        followConfig(context, {
          settings: { ...settings, config },
          engine,
          board,
          namesManifests: options.namesManifests,
        }),
      values.watchRestart.length > 0
        ? watchRestart(context, engine, values.watchRestart)
        : undefined,
    ];
    await Promise.all(
      followers.map((follower) => follower && "ready" in follower && follower.ready),
    );
    const patience = options.wait ?? PATIENCE;
    await Promise.race([waitForPods(stderr, engine.store, patience), stopped]);
    const unready = options.wait === undefined ? [] : unreadyPods(engine.store);

    const isEmpty = broughtServices(engine.store).length === 0;
    stdout.write(
      isEmpty
        ? `\nno Services yet: what comes into ${cluster ? "the cluster" : options.manifests.map(describeInput).join(", ")} is served\n\n`
        : printable(
            `\n${formatServices(engine.store, (service) => engine.whyNone(service), engine.mirror.node)}\n`,
          ),
    );
    if (dns) stdout.write(`DNS      ${formatAddress(dns)} (UDP and TCP)\n`);
    if (gateway) {
      const also = https ? `, https://${formatAddress(https)} (kubelane trust)` : "";
      stdout.write(`gateway  http://${formatAddress(gateway)}${also}\n`);
      if (browserPage) stdout.write(`page     ${browserPage.link()}\n`);
    }
    for (const line of listenerLines(engine.listenerPlaces())) stdout.write(`${line}\n`);
    const others = othersClasses(engine.store, values["gateway.classes"]);
    if (others.length > 0) stdout.write(`${printable(classesLine(others))}\n`);
    const relay = relays && firstRelay(engine);
    if (relay) stdout.write(`relays   ${formatAddress(relay)}, ${mirrorRule(engine.mirror)}\n`);
    if (api) {
      stdout.write(
        `API      https://${formatAddress(api)}: export KUBECONFIG=$(kubelane kubeconfig --path)\n`,
      );
    }
    if (admin) stdout.write(`admin    http://${formatAddress(admin)}/metrics\n`);
    const line = gateway && lineToTry(engine, gateway, values.clusterDomain);
    if (line !== undefined) stdout.write(`\ntry: ${line}\n`);
    const next = howToRun(engine);
    if (next !== undefined) stdout.write(`no pod runs here yet; ${next}\n`);
    stderr.write(
      `ready after ${((performance.now() - began) / 1000).toFixed(2)} s; Ctrl-C ends it\n`,
    );
    tellReady(unready);

    tellLiveServices(engine, stderr);
    if (options.program !== undefined) {
      const code =
        unready.length > 0
          ? EXIT.no
          : await runProgramBeside(context, options.program, engine.proxyVariables(), stopped);
      if (unready.length > 0) {
        stderr.write(`not run: ${unready.join(", ")} did not become ready in time\n`);
      }
      await Promise.all(followers.map((follower) => follower?.close()));
      await end(context, engine, running, "SIGTERM");
      return code;
    }
    const keys = {
      onQuit: () => quit.abort(),
      onReload: () => void reload(context, engine),
    };
    const screen = stderr.isJson ? undefined : openLiveScreen(context, engine, keys);
    if (screen !== undefined) stderr.target = screen.log;
    const signal = await stopped;
    stderr.target = terminal.stderr;
    screen?.close();
    await Promise.all(followers.map((follower) => follower?.close()));
    return await end(context, engine, running, signal);
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

/** @throws CommandError when the folder can't be used */
async function keepState(engine: Engine, folder: string): Promise<void> {
  try {
    await engine.keepState(folder);
  } catch (error) {
    const next = "name another folder with --state";
    throw new CommandError(EXIT.unreadable, (error as Error).message, next);
  }
}

function report(context: Context, talk: Talk, found: readonly Diagnostic[]): void {
  if (!talk.isJson) reportDiagnostics(context, found);
  else for (const each of found) talk.tell({ type: "diagnostic", ...each }, undefined);
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

/** Drains; a second signal ends everything at once. */
async function end(
  { stderr, signal: next }: Context,
  engine: Engine,
  pods: RunningPods,
  signal: NodeJS.Signals,
): Promise<number> {
  stderr.write("\nending: letting requests finish and stopping local pods\n");
  const drained = engine.close();
  const second = setTimeout(ECHO, undefined, { ref: false })
    .then(() => next())
    .then(() => engine.close({ grace: 0 }));
  const slow = globalThis.setTimeout(() => {
    const what = pods.names.length === 0 ? "requests to finish" : `${listed(pods.names)} to end`;
    stderr.write(`waiting for ${what}; Ctrl-C again ends everything at once\n`);
  }, SLOW);
  await Promise.race([drained, second]);
  clearTimeout(slow);
  return exitCodeOf(signal);
}

function accessTo({ token, ca, ...address }: ApiAddress) {
  return { server: `https://${formatAddress(address)}`, token, ca };
}

async function openControl(
  context: Context,
  engine: Engine,
  { settings: { config, values }, manifests }: ServeOptions,
  bound: {
    readonly dns: ListenAddress | undefined;
    readonly gateway: ListenAddress | undefined;
    readonly api: ApiAddress | undefined;
  },
  {
    board,
    recent,
    quit,
  }: {
    readonly board: LocalPodsBoard;
    readonly recent: RecentTraffic;
    readonly quit: () => void;
  },
) {
  const info = {
    version: packageVersion(),
    pid: process.pid,
    folder: config === undefined ? context.cwd : dirname(config.file),
    manifests: manifests.flatMap((input) => {
      const place = placeOf(input);
      return place === undefined ? [] : [resolve(context.cwd, place)];
    }),
    clusterDomain: values.clusterDomain,
    standpoint: engine.view.standpoint,
    ...(bound.dns && { dns: formatAddress(bound.dns) }),
    ...(bound.gateway && { gateway: formatAddress(bound.gateway) }),
    ...(bound.api && { api: formatAddress(bound.api) }),
  };
  const subject = {
    store: engine.store,
    info: () => info,
    localAddressOf: (address: string, port: number) => engine.localAddressOf(address, port),
  };
  for (const { info: other } of await runningEngines(privateFolder(context.env))) {
    if (other.folder !== info.folder) continue;
    context.stderr.write(
      `warning: an up of this folder runs already (pid ${other.pid}); other kubelane commands see the one that --up names\n`,
    );
  }
  const traffic: TrafficSource = (listener) => {
    engine.on("traffic", listener);
    return () => engine.off("traffic", listener);
  };
  try {
    const routes = [
      runRoute(engine, board),
      reachRoute((place) => engine.reach(place)),
      joinRoute(({ namespace, pod, isPod }) => engine.joinNetwork(namespace, pod, isPod)),
      restartRoute(engine),
      endRoute(quit),
      apiRoute(bound.api && accessTo(bound.api)),
      trafficRoute(traffic),
      recentTrafficRoute(recent),
      originsRoute(() => engine.origins()),
      localPlacesRoute(() => localPlacesOf(engine)),
      lostAddressesRoute(() => engine.lostAddresses.map(lostPlace)),
    ];
    return await serveControl(subject, privateFolder(context.env), routes, (error) =>
      context.stderr.write(`error: control socket: ${error.message}\n`),
    );
  } catch (error) {
    const { message } = error as Error;
    context.stderr.write(`warning: other kubelane commands can't see this one: ${message}\n`);
    return undefined;
  }
}
