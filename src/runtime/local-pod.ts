import type { LocalAddress } from "../proxy/local-address.ts";
import type { AttachedStreams } from "./container-streams.ts";
import type { LastProbe } from "./last-probe.ts";
import type { Launch } from "./launch.ts";
import type { PodPort } from "./listening-ports.ts";

/** A pod that something on this machine serves. */
export interface LocalPod {
  start(): void;
  /** Where a container port is served; undefined when it is none of the pod's. */
  addressOf(port: number): LocalAddress | undefined;
  /** The network that its processes run in; undefined where this machine's runtime starts none. */
  readonly network?: "pods" | "host" | undefined;
  /** How a container of it that runs was started; undefined for one that doesn't run as a process of ours. */
  launchOf?(container: string): Launch | undefined;
  /** What a container of it that runs writes and reads; undefined for one that doesn't run as a process of ours. */
  attach?(container: string): AttachedStreams | undefined;
  /** What its probes found last. Absent: it has none. */
  readonly lastProbes?: readonly LastProbe[];
  /** What is listened on in its own network. Absent: it has none. */
  listening?(): readonly PodPort[];
  /** Ends it. A second call with a shorter grace shortens the first. */
  stop(options?: StopOptions): Promise<void>;
}

export interface StopOptions {
  /** Milliseconds from SIGTERM to SIGKILL at most; absent means what the pod says. */
  readonly grace?: number;
  /** Nothing new reaches the pod any more, so there is nothing to wait for: hooks that only wait are left out. */
  readonly closing?: boolean;
  /** Go on writing status while it ends: the object is still there. */
  readonly publishing?: boolean;
}
