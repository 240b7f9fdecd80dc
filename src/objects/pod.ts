import type {
  ContainerStatus as AnyContainerStatus,
  Pod as AnyPod,
  PodStatus as AnyPodStatus,
  Probe,
} from "./tables/kinds.ts";

export type {
  Container,
  ContainerPort,
  ContainerState,
  EnvFromSource,
  EnvVar,
  PodCondition,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
} from "./tables/kinds.ts";

/** Without images: only container runtimes report these, and none runs here. */
export type ContainerStatus = Omit<AnyContainerStatus, "image" | "imageID">;

/** The fields of a Pod's status that are read. */
export interface PodStatus
  extends Omit<
    AnyPodStatus,
    "containerStatuses" | "initContainerStatuses" | "ephemeralContainerStatuses"
  > {
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
}

/** The fields of a Pod that are read. */
export interface Pod extends Omit<AnyPod, "status"> {
  readonly status?: PodStatus;
}

/** The protocol of a port. */
export type Protocol = "TCP" | "UDP" | "SCTP";
export type PodPhase = NonNullable<NonNullable<Pod["status"]>["phase"]>;

/** A reference to a value of a ConfigMap or Secret. */
export interface KeyReference {
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}

/** What a probe or lifecycle hook does; exactly one member is set. */
export interface ProbeHandler extends Pick<Probe, "httpGet" | "tcpSocket" | "exec" | "grpc"> {
  readonly sleep?: { readonly seconds: number };
}

/** The Ready condition, which readiness probes set and endpoints' `serving` follows (P.2). */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
}

/** All addresses of a pod, the primary one first. */
export function podIPs(pod: Pod): readonly string[] {
  const { podIP, podIPs: all } = pod.status ?? {};
  if (all !== undefined && all.length > 0) return all.map((entry) => entry.ip);
  return podIP === undefined || podIP === "" ? [] : [podIP];
}
