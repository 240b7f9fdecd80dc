import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { PortHolder } from "../net/port-holder.ts";
import type { ListenerPlace } from "../proxy/listeners/listener-doors.ts";
import type { PlannedRelay } from "../proxy/relays/relay-plan.ts";
import type { TrafficEvent } from "../proxy/traffic-event.ts";
import type { RuntimeEvent } from "../runtime/event.ts";
import type { Change } from "../store/operation.ts";

/** What an engine tells, as arguments of Node's EventEmitter listeners. */
export interface EngineEvents {
  /** The net changes of a settled batch. */
  changes: [changes: readonly Change[]];
  /** Findings of watched manifests (all of them, after each reading) and of controllers. */
  diagnostics: [diagnostics: readonly Diagnostic[]];
  /** Watched manifests that had findings, and have none any more, as they were named. */
  mended: [files: readonly string[]];
  /** News of a source that are no fault: a cluster is followed again, say. */
  told: [message: string];
  /** Something happened to a local pod. */
  pod: [event: RuntimeEvent];
  /** Which network local pods run in; known when the first of them starts. */
  network: [outcome: NetworkOutcome];
  /** A request, connection or tunnel is over. */
  traffic: [event: TrafficEvent];
  /** A relay's address could not be had; everything else goes on. */
  unreachable: [place: UnreachablePlace, error: Error, holder?: PortHolder];
  /** It could be had after all. */
  reachable: [relay: PlannedRelay];
  /** A fault that nobody waits for; everything goes on. Without a listener it is dropped. */
  fault: [error: Error];
}

/** Where something would have listened. */
export type UnreachablePlace = Pick<PlannedRelay, "address" | "host" | "port"> & {
  readonly protocol: PlannedRelay["protocol"] | ListenerPlace["protocol"];
};

/** Which network local pods run in, and why it is not the one with a namespace for each. */
export type NetworkOutcome =
  /** Each has a network namespace of its own. */
  | {
      readonly network: "pods";
      /** Why they reach nothing outside the cluster, if that was to be. */
      readonly offline?: { readonly reason: string; readonly allow?: string };
    }
  /** They share the machine's, because this machine gives them no other. */
  | {
      readonly network: "host";
      /** One sentence, without a full stop. */
      readonly reason: string;
      /** The command that allows it. */
      readonly allow?: string;
    };

/** Calls all listeners. */
export type Emit = <K extends keyof EngineEvents>(event: K, ...args: EngineEvents[K]) => void;
