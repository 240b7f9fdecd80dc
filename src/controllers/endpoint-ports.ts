import type { EndpointPort } from "../objects/endpoint-slice.ts";
import type { Pod } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import { targetPortOf } from "../objects/target-port.ts";

/** The ports of a pod, with a text that is equal for pods with equal ports. */
export interface PortSet {
  readonly key: string;
  readonly ports: readonly EndpointPort[];
}

/** The ports of a Service in one pod, or in all pods where they don't depend on the pod. */
export function portSet(service: Service, pod: Pod | undefined): PortSet {
  const ports = endpointPorts(service, pod);
  return { key: portSetKey(ports), ports };
}

/** The ports of a Service in one pod; a Service port without a matching container port is left out (P.2). */
export function endpointPorts(service: Service, pod: Pod | undefined): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPortOf(port, pod?.spec);
    if (typeof number !== "number") continue;
    ports.push({
      name: port.name ?? "",
      port: number,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports;
}

/** Whether {@link endpointPorts} would return the same again. */
export function hasEndpointPorts(
  service: Service,
  pod: Pod,
  known: readonly EndpointPort[],
): boolean {
  let count = 0;
  for (const port of service.spec.ports ?? []) {
    const number = targetPortOf(port, pod?.spec);
    if (typeof number !== "number") continue;
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

/** A text for each set of ports: pods with the same one share slices. */
export function portSetKey(ports: readonly EndpointPort[]): string {
  return ports
    .map(
      ({ name, port, protocol, appProtocol }) => `${name}/${port}/${protocol}/${appProtocol ?? ""}`,
    )
    .sort()
    .join(" ");
}
