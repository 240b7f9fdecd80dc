import type { Runtime } from "./pod-runtime.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
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

import { PodRuntime } from "./pod-runtime.ts";

export function createRuntime(options: RuntimeOptions): Runtime {
  return new PodRuntime(options);
}
