import type { ContainerEntry } from "../manifests/local-config.ts";
import type { ObjectKey } from "../objects/object-key.ts";
import type { Container, Pod, ProbeHandler } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import { ContainerWorker, type ContainerWorkerOptions } from "./container-worker.ts";
import { containerLaunch } from "./containers/container-launch.ts";
import { type ContainerRun, handlerCheck } from "./handler-check.ts";
import { type Hook, isPause } from "./hooks.ts";
import { environmentInput, type Launch, launchOf } from "./launch.ts";
import type { PodHome } from "./pod-home.ts";
import { startProbes } from "./probes.ts";
import type { RuntimeSettings } from "./runtime-settings.ts";
import type { PodVolumes } from "./volumes/pod-volumes.ts";

/** What the containers of one pod have in common. */
export interface PodContext {
  readonly pod: Pod;
  readonly key: ObjectKey;
  readonly home: () => Promise<PodHome>;
  readonly volumes: PodVolumes;
  /** In seconds. */
  readonly gracePeriod: number;
  readonly settings: RuntimeSettings;
  /** Whether no new requests reach the pod any more. */
  readonly isClosing: () => boolean;
  /** Called synchronously after every change of a container's snapshot. */
  readonly onChange: () => void;
}

/** The worker of one container: its probes and hooks, its start, and what is told of it. */
export function podContainer(
  context: PodContext,
  container: Container,
  entry: ContainerEntry,
  restartPolicy: ContainerWorkerOptions["restartPolicy"],
): ContainerWorker {
  const { clock, spawn } = context.settings;
  const injected = spawn === undefined ? {} : { spawn };
  const runOf = (launch: Launch): ContainerRun => ({ container, launch, clock, ...injected });
  return new ContainerWorker({
    ...every(context, container),
    restartPolicy,
    prepare: () => prepare(context, container, entry, (home) => home.portsOf(container)),
    ...hooks(container, runOf, context.isClosing),
    probe: (launch, pid, host) => {
      const onAddress = (address: LocalAddress): void => launch.home.answersOn(address);
      return startProbes({ ...runOf(launch), pid, onAddress }, host);
    },
  });
}

/** The worker of a container that somebody adds to a Pod that runs: no ports, no probes, no second start. */
export function ephemeralContainer(
  context: PodContext,
  container: Container,
  entry: ContainerEntry,
): ContainerWorker {
  return new ContainerWorker({
    ...every(context, container),
    restartPolicy: "Never",
    prepare: () => prepare(context, container, entry, async () => new Map()),
    probe: () => () => {},
  });
}

async function prepare(
  { pod, key, home: findHome, volumes, settings }: PodContext,
  container: Container,
  entry: ContainerEntry,
  portsAt: (home: PodHome) => Promise<ReadonlyMap<number, number>>,
): Promise<Launch> {
  const home = await findHome();
  const ports = await portsAt(home);
  const input = environmentInput({ pod, container, ports, home, settings });
  if (!("ownImage" in entry)) return launchOf(entry, input, home, volumes);
  const { name, image = "" } = container;
  return containerLaunch(entry, input, home, volumes, settings.containers, (engine) =>
    settings.emit({ type: "pulling", pod: key, container: name, image, engine }),
  );
}

/** Holds for every container. */
function every(
  { pod, key, gracePeriod, settings, onChange }: PodContext,
  container: Container,
): Omit<ContainerWorkerOptions, "restartPolicy" | "prepare" | "probe"> {
  const { clock, spawn, backOff, emit } = settings;
  const of = { pod: key, container: container.name };
  return {
    pod,
    container,
    backOff,
    gracePeriod,
    clock,
    ...(spawn !== undefined && { spawn }),
    record: (started) => settings.record({ ...started, pod: `${key.namespace}/${key.name}` }),
    onChange,
    onStarted: ({ command, ports }, pid) =>
      emit({ type: "started", ...of, pid, command, ports: Object.fromEntries(ports) }),
    onExited: ({ exitCode, signal }, { pid, reason, message, restartIn }) =>
      emit({
        type: "exited",
        ...of,
        ...(pid === undefined ? {} : { pid }),
        exitCode,
        ...(signal === undefined ? {} : { signal }),
        reason,
        message,
        ...(restartIn === undefined ? {} : { restartIn }),
      }),
    onLine: (stream, line, pid) => emit({ type: "output", ...of, pid, stream, line }),
    onUnhealthy: (probe, message) => emit({ type: "unhealthy", ...of, probe, message }),
  };
}

function hooks(
  { lifecycle = {} }: Container,
  runOf: (launch: Launch) => ContainerRun,
  isClosing: () => boolean,
): Pick<ContainerWorkerOptions, "preStop" | "postStart"> {
  const { preStop, postStart } = lifecycle;
  const hookOf =
    (handler: ProbeHandler) =>
    (launch: Launch): Hook =>
      handlerCheck(handler, runOf(launch)) ?? (async () => ({ ok: true }));
  const preStopOf = (handler: ProbeHandler) => (launch: Launch) =>
    isClosing() && isPause(handler) ? undefined : hookOf(handler)(launch);
  return {
    ...(preStop === undefined ? {} : { preStop: preStopOf(preStop) }),
    ...(postStart === undefined ? {} : { postStart: hookOf(postStart) }),
  };
}
