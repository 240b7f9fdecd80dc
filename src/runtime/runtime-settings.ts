import type { StringMap } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { BackOffPolicy } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import type { EnvironmentSources } from "./environment.ts";
import type { EventListener } from "./event.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { LocalPorts } from "./local-ports.ts";
import type { Spawn } from "./process-group.ts";
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
