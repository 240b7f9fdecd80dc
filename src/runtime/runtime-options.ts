import type { LoopbackMirror } from "../net/loopback-mirror.ts";
import type { StringMap } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import type { Store } from "../store/store.ts";
import type { BackOffPolicy } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import type { EnvironmentSources } from "./environment.ts";
import type { EventListener } from "./event.ts";
import type { ApiAccess, LocalPods } from "./local-pods.ts";
import type { NetworkedPods } from "./network-home.ts";
import type { NodeHook } from "./node-hook.ts";
import type { Spawn } from "./process-group.ts";

export interface RuntimeOptions extends LocalPods {
  readonly store: Store;
  /** Where pod addresses are taken from. Default 10.244.0.0/16. */
  readonly podRange?: string;
  /** The node of pods that name none. Default `local`. */
  readonly nodeName?: string;
  /** Default 127.0.0.1. */
  readonly hostIP?: string;
  /**
   * The loopback mirror where pods on the machine's network reach addresses of the cluster. Default: the first
   * mirror.
   */
  readonly mirror?: LoopbackMirror;
  readonly clock?: Clock;
  readonly spawn?: Spawn;
  /** Further variables for a pod's processes, which the pod's own override: those for proxies. */
  readonly environment?: (pod: Pod) => StringMap;
  /** What Node programs on the machine's own network know its names by. Default: nothing. */
  readonly nodeHook?: NodeHook;
  /** Whether a pod runs in a followed cluster; it is left alone then, even if an entry names its workload. */
  readonly isElsewhere?: (pod: Pod) => boolean;
  /** Where pods get network namespaces of their own. Default: they run on the machine's own network. */
  readonly network?: NetworkedPods;
  /** Where Service default/kubernetes leads, if that is on this machine. Default: there is no such Service. */
  readonly api?: () => ApiAccess | undefined;
  /** Between restarts. Default: the kubelet's, 10 s doubling to 5 min. */
  readonly backOff?: Partial<BackOffPolicy>;
  readonly environmentSources?: Partial<EnvironmentSources>;
  /**
   * Where running processes are recorded, so that the next run ends what a killed one left. Default: the user's
   * runtime folder; `false` records nothing and ends nothing.
   */
  readonly stateFolder?: string | false;
  readonly onEvent?: EventListener;
}
