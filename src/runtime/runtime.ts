/*
 * The runtime's public surface:
 *
 *   createRuntime({ store, run, attach, images?, stub?, podRange?, nodeName?, hostIP?, mirror?, clock?, spawn?,
 *                   environment?, network?, backOff?, environmentSources?, onEvent? }) → Runtime
 *   runtime.start()                          sees what is in the store, and every change from then on
 *   runtime.update({ run, attach, … })       another configuration; what it does not concern goes on
 *   runtime.localAddressOf(podIP, port)      → { host, port } | undefined, for the dialer
 *   runtime.environmentOf(pod, ports)        its variables, for a process that is started elsewhere and attached
 *   runtime.launchOf(pod, container)         how a container that runs was started, for a command beside it
 *   runtime.restart(when?)                   a rolling restart, for changed sources
 *   runtime.close({ grace? })                SIGTERM, grace period, SIGKILL; no process is left
 *   replicasFor({ run, attach }, store)      (replicas.ts) → the workload controllers' `replicasOf`
 */

import type { LoopbackMirror } from "../net/loopback-mirror.ts";
import type { StringMap } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/mapped-dialer.ts";
import type { Store } from "../store/store.ts";
import type { BackOffPolicy } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import type { Environment, EnvironmentSources } from "./environment.ts";
import type { EventListener } from "./event.ts";
import type { LastProbe } from "./last-probe.ts";
import type { Launch } from "./launch.ts";
import type { ApiAccess, LocalPods } from "./local-pods.ts";
import type { NetworkedPods } from "./network-home.ts";
import type { NodeHook } from "./node-hook.ts";
import { PodRuntime } from "./pod-runtime.ts";
import type { Spawn } from "./process-group.ts";

export interface RuntimeOptions extends LocalPods {
  readonly store: Store;
  /** Where pod addresses are taken from. Default 10.244.0.0/16. */
  readonly podRange?: string;
  /** For pods that name no node. Default `local`. */
  readonly nodeName?: string;
  /** Default 127.0.0.1. */
  readonly hostIP?: string;
  /** Where pods on this machine's network find the addresses of the cluster. Default: the first mirror. */
  readonly mirror?: LoopbackMirror;
  readonly clock?: Clock;
  readonly spawn?: Spawn;
  /** Further variables for a pod's processes, before the pod's own: the proxy variables. */
  readonly environment?: (pod: Pod) => StringMap;
  /** What Node programs on the machine's own network know its names by. Default: nothing. */
  readonly nodeHook?: NodeHook;
  /** Whether a pod runs in a followed cluster: it is left to that, whatever entries say of its workload. */
  readonly isElsewhere?: (pod: Pod) => boolean;
  /** Where pods get network namespaces of their own. Default: they run on the machine's own network. */
  readonly network?: NetworkedPods;
  /** What Service default/kubernetes leads to, if that is on this machine. Default: there is none. */
  readonly api?: () => ApiAccess | undefined;
  /** Between restarts. Default: the kubelet's, 10 s doubling to 5 min. */
  readonly backOff?: Partial<BackOffPolicy>;
  readonly environmentSources?: Partial<EnvironmentSources>;
  /**
   * Where running processes are written down, so that the next run ends what a killed one left. Default: the
   * user's runtime folder; `false` writes nothing and ends nothing.
   */
  readonly stateFolder?: string | false;
  readonly onEvent?: EventListener;
}

export interface Runtime {
  start(): void;
  update(config: LocalPods): void;
  /** Where this machine reaches a container port of a local pod; undefined when the address is none of ours. */
  localAddressOf(podIP: string, port: number): LocalAddress | undefined;
  /** How a container was started, as long as it runs as a process of this runtime. */
  launchOf(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
  ): Launch | undefined;
  /** What the probes of a pod of this runtime found last. */
  lastProbes(pod: { readonly namespace: string; readonly name: string }): readonly LastProbe[];
  /** Whether a process that somebody else started stands for the pod. */
  attaches(pod: Pod): boolean;
  /** The network that a pod's processes run in, once the first was started. */
  networkOf(pod: {
    readonly namespace: string;
    readonly name: string;
  }): "pods" | "host" | undefined;
  /** Whether the pod is served here: marked as terminating, it is ended and then deleted. */
  serves(pod: Pod): boolean;
  /**
   * The variables of a pod's container, for a process that somebody else starts and attaches: all but what that
   * process has anyway.
   * @param ports container port → the local port it will listen on
   * @param container absent means the main one
   * @returns undefined when there is no such pod, or nothing on this machine serves it.
   */
  environmentOf(
    pod: { readonly namespace: string; readonly name: string },
    ports: ReadonlyMap<number, number>,
    container?: string,
  ): Environment | undefined;
  /**
   * Starts the processes of pods again, one pod at a time: the new one beside the old one, which ends when the
   * new one is ready and has taken its place, so that no request is lost. Pods of a StatefulSet end first.
   * Stops at the first that does not become ready; the old one of that pod goes on.
   * @returns whether all were restarted.
   */
  restart(when?: (pod: Pod) => boolean): Promise<boolean>;
  /** Ends every process; a second call with another grace hastens the first. @param grace milliseconds at most */
  close(options?: { readonly grace?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export function createRuntime(options: RuntimeOptions): Runtime {
  return new PodRuntime(options);
}
