import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerMode } from "../manifests/local-config.ts";
import { FIRST_MIRROR } from "../net/loopback-mirror.ts";
import type { Pod } from "../objects/pod.ts";
import { clusterIPs } from "../objects/service.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { type BackOffPolicy, KUBELET_BACK_OFF } from "./back-off.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Containers } from "./containers/containers.ts";
import { ALL_SOURCES, type EnvironmentSources } from "./environment.ts";
import type { EventListener } from "./event.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";
import { LocalPorts } from "./local-ports.ts";
import { MachineHome } from "./machine-home.ts";
import { NetworkHome } from "./network-home.ts";
import type { HomeOf, PodHome, PodSurroundings } from "./pod-home.ts";
import type { Spawn } from "./process-group.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import { VolumeFolders } from "./volumes/volume-folders.ts";

/** What all pods of a runtime share: its options, with defaults filled in. */
export interface RuntimeSettings {
  readonly store: StoreReader;
  readonly clock: Clock;
  readonly spawn?: Spawn;
  readonly nodeName: string;
  readonly hostIP: string;
  readonly backOff: BackOffPolicy;
  readonly sources: EnvironmentSources;
  readonly homeOf: HomeOf;
  /** A home on the machine's own network, even where pods have other networks. */
  readonly machineHome: (pod: Pod, podIP: string) => PodHome;
  /** What a process of a pod is told that runs on the machine's own network. */
  readonly onMachine: (pod: Pod, podIP: string) => PodSurroundings;
  readonly volumes: VolumeFolders;
  readonly containers: Containers;
  /** Records a process for a later run. @returns a function that removes the record */
  readonly record: (entry: LedgerEntry) => () => void;
  readonly emit: EventListener;
}

/** Number of runtimes in this process: each begins to look for ports at another place. */
let runtimes = 0;

/** The options with their defaults. */
export function runtimeSettings(
  store: StoreReader,
  options: Omit<RuntimeOptions, "store" | "run" | "attach" | "containers"> & {
    /** Which engine runs containers. Default: the one that is there. */
    readonly engineMode?: () => ContainerMode;
  },
  ledger: Ledger | undefined,
): RuntimeSettings {
  const { base, cap } = { ...KUBELET_BACK_OFF, ...options.backOff };
  const hostIP = options.hostIP ?? "127.0.0.1";
  const ports = new LocalPorts(process.pid * 101 + 997 * runtimes++);
  const { network, spawn, mirror = FIRST_MIRROR } = options;
  const onMachine = (pod: Pod, podIP: string): PodSurroundings => ({
    podIP: mirror.addressOf(podIP) ?? podIP,
    hostIP,
    serviceAddress: (service, { port }) => {
      const { namespace, name } = service.metadata;
      // A relay on its own port needs a privilege, and there may be none.
      const api = namespace === "default" && name === "kubernetes" ? options.api?.() : undefined;
      if (api !== undefined) return api;
      const ip = clusterIPs(service)[0];
      return ip === undefined ? undefined : { host: mirror.addressOf(ip) ?? ip, port };
    },
    inherited: process.env,
    extra: options.environment?.(pod) ?? {},
    nodeHook: options.nodeHook,
  });
  const machineHome = (pod: Pod, podIP: string) => new MachineHome(ports, onMachine(pod, podIP));
  const containers = new Containers(options.engineMode ?? (() => "auto"));
  return {
    store,
    clock: options.clock ?? systemClock,
    ...(spawn === undefined ? {} : { spawn }),
    nodeName: options.nodeName ?? "local",
    hostIP,
    backOff: { base: Math.min(base, cap), cap },
    sources: { ...ALL_SOURCES, ...options.environmentSources },
    onMachine,
    machineHome,
    async homeOf(pod, podIP, runsImages) {
      // Its containers are children of a daemon, which knows no network of ours.
      const isApart = runsImages && containers.engine.name === "docker";
      if (isApart) return machineHome(pod, podIP);
      const place = await network?.add(pod, podIP);
      return network === undefined || place === undefined
        ? machineHome(pod, podIP)
        : new NetworkHome(network, place);
    },
    volumes: new VolumeFolders({
      store,
      makeRoot: () => makeVolumesRoot(ledger),
      apiToken: () => options.api?.()?.token,
    }),
    containers,
    record: (entry) => ledger?.record(entry) ?? (() => {}),
    emit: options.onEvent ?? (() => {}),
  };
}

/** With what else a run writes down, or where it writes nothing in a folder that only its own end removes. */
function makeVolumesRoot(ledger: Ledger | undefined): string {
  if (ledger === undefined) return mkdtempSync(join(tmpdir(), "kubelane-volumes-"));
  const root = join(ledger.open(), "volumes");
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return root;
}
