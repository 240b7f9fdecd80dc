import { mirrorAddress } from "../net/loopback-mirror.ts";
import type { StringMap } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import { clusterIPs } from "../objects/service.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { type BackOffPolicy, KUBELET_BACK_OFF } from "./back-off.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ALL_SOURCES, type EnvironmentSources } from "./environment.ts";
import type { EventListener } from "./event.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";
import { LocalPorts } from "./local-ports.ts";
import type { Spawn } from "./process-group.ts";
import type { RuntimeOptions } from "./runtime.ts";
import type { ServiceAddress } from "./service-links.ts";

/** What all local pods of a runtime share: its options, with the defaults filled in. */
export interface RuntimeSettings {
  readonly store: StoreReader;
  readonly clock: Clock;
  readonly spawn?: Spawn;
  readonly nodeName: string;
  readonly hostIP: string;
  readonly backOff: BackOffPolicy;
  readonly sources: EnvironmentSources;
  /** The address by which a pod IP is reached on this machine. */
  readonly localIP: (podIP: string) => string;
  readonly serviceAddress: ServiceAddress;
  readonly environment: (pod: Pod) => StringMap;
  readonly ports: LocalPorts;
  /** Writes a process down for a later run that finds it. @returns how to strike it out */
  readonly record: (entry: LedgerEntry) => () => void;
  readonly emit: EventListener;
}

/** Runtimes of this process so far: each looks for ports in another place. */
let runtimes = 0;

/** The options with their defaults. */
export function runtimeSettings(
  store: StoreReader,
  options: Omit<RuntimeOptions, "store" | "run" | "attach">,
  ledger: Ledger | undefined,
): RuntimeSettings {
  const { base, cap } = { ...KUBELET_BACK_OFF, ...options.backOff };
  return {
    store,
    clock: options.clock ?? systemClock,
    ...(options.spawn === undefined ? {} : { spawn: options.spawn }),
    nodeName: options.nodeName ?? "local",
    hostIP: options.hostIP ?? "127.0.0.1",
    backOff: { base: Math.min(base, cap), cap },
    sources: { ...ALL_SOURCES, ...options.environmentSources },
    localIP: options.localIP ?? ((ip) => mirrorAddress(ip) ?? ip),
    serviceAddress: options.serviceAddress ?? mirroredServiceAddress,
    environment: options.environment ?? (() => ({})),
    ports: new LocalPorts(process.pid * 101 + 997 * runtimes++),
    record: (entry) => ledger?.record(entry) ?? (() => {}),
    emit: options.onEvent ?? (() => {}),
  };
}

const mirroredServiceAddress: ServiceAddress = (service, { port }) => {
  const ip = clusterIPs(service)[0];
  return ip === undefined ? undefined : { host: mirrorAddress(ip) ?? ip, port };
};
