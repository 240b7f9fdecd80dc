import type { Container, PodSpec, Protocol } from "./pod.ts";
import type { Service, ServicePort } from "./service.ts";

/** A targetPort that a pod has no container port for. */
export interface MissingTarget {
  /** The name that was looked for. */
  readonly name: string;
  readonly protocol: Protocol;
  /** What the container port of that name speaks, where there is one. */
  readonly spoken?: Protocol;
}

/** What the port rule looks at in a pod or a pod template. */
export type ServingSpec = Pick<PodSpec, "containers" | "initContainers">;

/**
 * The port rule (P.2): the port of a pod that a service port leads to. A number stands for itself, nothing for
 * the service port's own number, and a name for the first container port of that name and protocol.
 * @param spec absent: only a port that is the same in all pods is found.
 */
export function targetPortOf(
  port: ServicePort,
  spec: ServingSpec | undefined,
): number | MissingTarget {
  const { targetPort = port.port, protocol = "TCP" } = port;
  // An API server takes 0 and the empty name as left out.
  if (targetPort === 0 || targetPort === "") return port.port;
  if (typeof targetPort === "number") return targetPort;
  let other: Protocol | undefined;
  for (const container of spec === undefined ? [] : servingContainers(spec)) {
    for (const { name, containerPort, protocol: spoken = "TCP" } of container.ports ?? []) {
      if (name !== targetPort) continue;
      if (spoken === protocol) return containerPort;
      other ??= spoken;
    }
  }
  return { name: targetPort, protocol, ...(other !== undefined && { spoken: other }) };
}

function isTargetFixed({ targetPort }: ServicePort): boolean {
  return typeof targetPort !== "string" || targetPort === "";
}

/** Whether all ports of a Service lead to the same numbers in every pod. */
export function areTargetsFixed({ spec: { ports = [] } }: Service): boolean {
  return ports.every(isTargetFixed);
}

/** Whether a container that serves declares a port. */
export function hasContainerPort(spec: ServingSpec, number: number): boolean {
  return servingContainers(spec).some(({ ports = [] }) =>
    ports.some(({ containerPort }) => containerPort === number),
  );
}

/** Containers that serve as long as the pod does: the ordinary ones, then sidecars (restartable init containers). */
export function servingContainers(spec: ServingSpec): readonly Container[] {
  const sidecars = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always");
  return sidecars === undefined || sidecars.length === 0
    ? spec.containers
    : [...spec.containers, ...sidecars];
}
