import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { PortHolder } from "../net/port-holder.ts";
import type { ListenerPlace } from "../proxy/listeners/listener-doors.ts";
import type { PlannedRelay } from "../proxy/relays/relay-plan.ts";
import type { TrafficEvent } from "../proxy/traffic-event.ts";
import type { RuntimeEvent } from "../runtime/event.ts";
import type { Change } from "../store/operation.ts";

/** The events of an engine, with the arguments of their listeners. */
export interface EngineEvents {
  /** The net changes of a settled batch. */
  changes: [changes: readonly Change[]];
  /** Findings of watched manifests (all of them, after each reading) and of controllers. */
  diagnostics: [diagnostics: readonly Diagnostic[]];
  /** Watched manifests, by name, that had findings and have none any more. */
  mended: [files: readonly string[]];
  /** News of a source that are no error: it follows a cluster again, for example. */
  told: [message: string];
  /** Something happened to a local pod. */
  pod: [event: RuntimeEvent];
  /** Which network local pods run in; known when the first of them starts. */
  network: [outcome: NetworkOutcome];
  /** A request, connection or tunnel is over. */
  traffic: [event: TrafficEvent];
  /** A relay's address could not be bound; everything else keeps working. */
  unreachable: [place: UnreachablePlace, error: Error, holder?: PortHolder];
  /** The address could be bound after all. */
  reachable: [relay: PlannedRelay];
  /** An error that no caller waits for; everything keeps working. Without a listener it is dropped. */
  fault: [error: Error];
}

/** The place that could not be listened on. */
export type UnreachablePlace = Pick<PlannedRelay, "address" | "host" | "port"> & {
  readonly protocol: PlannedRelay["protocol"] | ListenerPlace["protocol"];
};

/** Which network local pods run in, and if it is the machine's, why. */
export type NetworkOutcome =
  /** Each has a network namespace of its own. */
  | {
      readonly network: "pods";
      /** What balances their connections to Services: the kernel where it can, or relays. */
      readonly dataPlane: "nft" | "relay";
      /** Why it is not the kernel, though that was to be. */
      readonly relayed?: { readonly reason: string; readonly allow?: string };
      /** Why they reach nothing outside the cluster, if they should. */
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
