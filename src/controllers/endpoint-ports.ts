import type { EndpointPort } from "../objects/endpoint-slice.ts";
import type { Container, Pod } from "../objects/pod.ts";
import type { Service, ServicePort } from "../objects/service.ts";

/** The ports of a pod, with the text that pods of the same ones share. */
export interface PortSet {
  readonly key: string;
  readonly ports: readonly EndpointPort[];
}

/** The ports of a Service in one of its pods, or in any of them where they are fixed. */
export function portSet(service: Service, pod: Pod | undefined): PortSet {
  const ports = endpointPorts(service, pod);
  return { key: portSetKey(ports), ports };
}

/**
 * The ports of a Service in one of its pods: targetPort as a number stands for itself, as a name for the
 * first container port of that name and protocol; a name that the pod doesn't have is left out (P.2).
 */
export function endpointPorts(service: Service, pod: Pod | undefined): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPortOf(port, pod);
    if (number === undefined) continue;
    ports.push({
      name: port.name ?? "",
      port: number,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports;
}

/** Whether {@link endpointPorts} would give these again. */
export function hasEndpointPorts(
  service: Service,
  pod: Pod,
  known: readonly EndpointPort[],
): boolean {
  let count = 0;
  for (const port of service.spec.ports ?? []) {
    const number = targetPortOf(port, pod);
    if (number === undefined) continue;
    const same = known[count++];
    if (
      same?.port !== number ||
      same.name !== (port.name ?? "") ||
      same.protocol !== (port.protocol ?? "TCP") ||
      same.appProtocol !== port.appProtocol
    ) {
      return false;
    }
  }
  return count === known.length;
}

/** Whether all pods have the same ports, whatever their containers say. */
export function portsAreFixed(service: Service): boolean {
  return (service.spec.ports ?? []).every(({ targetPort }) => typeof targetPort !== "string");
}

/** One text per set of ports: pods with the same one share slices. */
export function portSetKey(ports: readonly EndpointPort[]): string {
  return ports
    .map(
      ({ name, port, protocol, appProtocol }) => `${name}/${port}/${protocol}/${appProtocol ?? ""}`,
    )
    .sort()
    .join(" ");
}

function targetPortOf(port: ServicePort, pod: Pod | undefined): number | undefined {
  const { targetPort = port.port, protocol = "TCP" } = port;
  // An API server takes 0 and the empty name as left out.
  if (targetPort === 0 || targetPort === "") return port.port;
  if (typeof targetPort === "number") return targetPort;
  for (const container of pod === undefined ? [] : servingContainers(pod)) {
    for (const { name, containerPort, protocol: spoken = "TCP" } of container.ports ?? []) {
      if (name === targetPort && spoken === protocol) return containerPort;
    }
  }
  return undefined;
}

/** Containers, then sidecars (restartable init containers). */
function servingContainers({ spec }: Pod): readonly Container[] {
  const sidecars = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always");
  return sidecars === undefined || sidecars.length === 0
    ? spec.containers
    : [...spec.containers, ...sidecars];
}
