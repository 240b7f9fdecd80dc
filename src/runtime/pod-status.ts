import type {
  Container,
  ContainerStatus,
  PodCondition,
  PodPhase,
  PodSpec,
  PodStatus,
  ResourceRequirements,
} from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { ContainerSnapshot } from "./container-snapshot.ts";

export interface PodStatusInput {
  readonly podIP: string;
  readonly hostIP: string;
  /** The Pod's spec as it is now, with the resources that its containers may use. */
  readonly spec?: PodSpec;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly now: number;
  readonly initContainers: readonly ContainerSnapshot[];
  readonly containers: readonly ContainerSnapshot[];
  /** Default: none. They have no influence on the Pod's phase or conditions. */
  readonly ephemeralContainers?: readonly ContainerSnapshot[];
  /** All init containers have succeeded. */
  readonly initialized: boolean;
  /** An init container failed for good, or the pod exceeded its deadline. */
  readonly failed: boolean;
  /** The pod exceeded its activeDeadlineSeconds. */
  readonly expired?: boolean;
  /** Why it is not ready, where no container's state says so. */
  readonly message?: string;
  /** Reason and message for the pod as a whole, whatever its containers' states are. */
  readonly note?: { readonly reason: string; readonly message: string };
  readonly previous: PodStatus | undefined;
}

/** What the kubelet reports for a pod that exceeded its activeDeadlineSeconds. */
const DEADLINE_EXCEEDED = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};

/** A pod's status as the kubelet would derive it from its containers. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { podIP, hostIP, initContainers, containers, initialized } = input;
  const { ephemeralContainers = [] } = input;
  const phase = phaseOf(input);
  const over = phase === "Succeeded" || phase === "Failed";
  const unready = containers.filter((container) => !container.ready);
  const sidecars = initContainers.filter((container) => container.started && !container.final);
  const unreadySidecars = sidecars.filter((container) => !container.ready);
  const message = input.message ?? messageOf(input, [...unready, ...unreadySidecars]);
  const ready = !over && initialized && unready.length + unreadySidecars.length === 0;
  const reason = over
    ? phase === "Succeeded"
      ? "PodCompleted"
      : "PodFailed"
    : "ContainersNotReady";
  const why = ready ? {} : { reason, message };
  const note = input.expired === true ? DEADLINE_EXCEEDED : input.note;
  const conditions: PodCondition[] = [
    { type: "PodScheduled", status: "True" },
    initialized
      ? { type: "Initialized", status: "True" }
      : { type: "Initialized", status: "False", reason: "ContainersNotInitialized", message },
    { type: "ContainersReady", status: ready ? "True" : "False", ...why },
    { type: "Ready", status: ready ? "True" : "False", ...why },
  ];
  return {
    phase,
    ...note,
    podIP,
    podIPs: [{ ip: podIP }],
    hostIP,
    startTime: timestamp(input.startTime),
    conditions: withTransitions(conditions, input.previous?.conditions, input.now),
    ...(initContainers.length === 0
      ? {}
      : {
          initContainerStatuses: initContainers.map((each) =>
            containerStatus(each, input.spec?.initContainers),
          ),
        }),
    containerStatuses: containers.map((each) => containerStatus(each, input.spec?.containers)),
    ...(ephemeralContainers.length > 0 && {
      ephemeralContainerStatuses: ephemeralContainers.map((each) => containerStatus(each)),
    }),
  };
}

/** The status of a pod that doesn't run here, with the reason. */
export function pendingStatus(
  reason: string,
  message: string,
  now: number,
  previous?: PodStatus,
): PodStatus {
  const why = { reason, message };
  const conditions: PodCondition[] = [
    { type: "PodScheduled", status: "False", ...why },
    { type: "Ready", status: "False", ...why },
  ];
  return {
    phase: "Pending",
    conditions: withTransitions(conditions, previous?.conditions, now),
    ...why,
  };
}

/** Succeeded and Failed are final; a pod is Running once all containers were started for the first time. */
function phaseOf({ initialized, failed, containers }: PodStatusInput): PodPhase {
  if (failed) return "Failed";
  if (!initialized || containers.length === 0) return "Pending";
  if (containers.every((container) => container.final)) {
    return containers.every((container) => container.state.terminated?.exitCode === 0)
      ? "Succeeded"
      : "Failed";
  }
  const neverStarted = containers.some(
    (container) =>
      container.state.waiting !== undefined &&
      container.lastState === undefined &&
      container.restartCount === 0,
  );
  return neverStarted ? "Pending" : "Running";
}

/** `connection refused on 8080`; with the container's name in front when there are several. */
function messageOf(
  { initContainers, containers, initialized }: PodStatusInput,
  unready: readonly ContainerSnapshot[],
): string {
  const waiting = initialized
    ? unready
    : initContainers.filter((container) => container.state.terminated?.exitCode !== 0);
  const several = initContainers.length + containers.length > 1;
  const texts = waiting.map((container) => {
    const backOff =
      container.state.waiting?.reason === "CrashLoopBackOff" ? "CrashLoopBackOff: " : "";
    return `${several ? `${container.name}: ` : ""}${backOff}${container.message ?? "starting"}`;
  });
  return texts.join("; ") || "starting";
}

function containerStatus(
  container: ContainerSnapshot,
  specs: readonly Container[] = [],
): ContainerStatus {
  const { name, ready, restartCount, state, lastState } = container;
  const { resources } = specs.find((spec) => spec.name === name) ?? {};
  return {
    name,
    ready,
    restartCount,
    state,
    ...(lastState === undefined ? {} : { lastState }),
    ...(resources !== undefined && sized(resources)),
  };
}

/** Resources are not limited here, so a resize takes effect at once. */
function sized(resources: ResourceRequirements): Partial<ContainerStatus> {
  const { requests } = resources;
  return { ...(requests !== undefined && { allocatedResources: requests }), resources };
}

/** A condition keeps its transition time as long as its status doesn't change. */
function withTransitions(
  conditions: readonly PodCondition[],
  previous: readonly PodCondition[] | undefined,
  now: number,
): PodCondition[] {
  return conditions.map((condition) => {
    const before = previous?.find(({ type }) => type === condition.type);
    const lastTransitionTime =
      before?.status === condition.status ? before.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: lastTransitionTime ?? timestamp(now) };
  });
}
