import { expect, it } from "vitest";
import type { Pod } from "../../src/objects/pod.ts";
import { KUBELET_BACK_OFF } from "../../src/runtime/back-off.ts";
import { ContainerWorker } from "../../src/runtime/container-worker.ts";

const container = { name: "main" };

it.each([
  ["ContainerCreating", undefined],
  ["ContainerCreating", []],
  ["PodInitializing", [{ name: "first" }]],
] as const)(
  "a container that was not started is %s with init containers %j",
  (reason, initContainers) => {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "shop" },
      spec: { containers: [container], ...(initContainers && { initContainers }) },
    };
    const never = () => Promise.reject(new Error("not to be started"));
    const worker = new ContainerWorker({
      pod,
      container,
      restartPolicy: "Always",
      backOff: KUBELET_BACK_OFF,
      gracePeriod: 0,
      clock: { now: () => 0, after: () => () => {} },
      prepare: never,
      probe: () => () => {},
      onChange: () => {},
      onStarted: () => {},
      onExited: () => {},
      onLine: () => {},
      onUnhealthy: () => {},
    } as unknown as ConstructorParameters<typeof ContainerWorker>[0]);
    expect(worker.snapshot.state).toEqual({ waiting: { reason } });
  },
);
