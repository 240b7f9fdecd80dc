import { expect, test } from "vitest";
import type { Pod, PodStatus } from "../../src/objects/pod.ts";
import { podStage } from "../../src/objects/pod-state.ts";

const container = (state: object, more: object = {}) => ({
  containerStatuses: [{ name: "main", ready: false, restartCount: 0, state, ...more }],
});
const ended = (exitCode: number) => ({ terminated: { exitCode } });

test.each<[stage: string, what: string, status: PodStatus | undefined, deleted?: string]>([
  ["starting", "nobody has told of yet", undefined],
  ["starting", "is pending", { phase: "Pending" }],
  [
    "starting",
    "has a container that is being made",
    container({ waiting: { reason: "ContainerCreating" } }),
  ],
  [
    "starting",
    "has a container whose startup probe has not passed",
    container({ running: {} }, { started: false }),
  ],
  ["unready", "runs and is not ready", { phase: "Running", ...container({ running: {} }) }],
  ["ready", "is ready", { conditions: [{ type: "Ready", status: "True" }] }],
  [
    "failing",
    "waits after a crash",
    container({ waiting: { reason: "CrashLoopBackOff" } }, { lastState: ended(1) }),
  ],
  ["failing", "finds no image", container({ waiting: { reason: "ErrImagePull" } })],
  [
    "failing",
    "lacks a ConfigMap",
    container({ waiting: { reason: "CreateContainerConfigError" } }),
  ],
  ["failing", "has just crashed", container(ended(2))],
  ["starting", "has a container that has ended well", container(ended(0))],
  ["failing", "has failed", { phase: "Failed" }],
  ["finished", "has finished", { phase: "Succeeded" }],
  [
    "terminating",
    "is being deleted, ready or not",
    { conditions: [{ type: "Ready", status: "True" }] },
    "2026-01-01T00:00:00Z",
  ],
])("%s: a pod that %s", (stage, _, status, deletionTimestamp) => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", ...(deletionTimestamp && { deletionTimestamp }) },
    spec: { containers: [] },
    ...(status && { status }),
  } as Pod;
  expect(podStage(pod)).toBe(stage);
});
