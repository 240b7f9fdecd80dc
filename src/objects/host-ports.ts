import type { Pod, Protocol } from "./pod.ts";
import { servingContainers } from "./target-port.ts";

/** A port of the node that leads to a port of the pod. */
export interface HostPort {
  readonly hostPort: number;
  /** On this address of the node alone; absent: on all of them. */
  readonly hostIP?: string;
  readonly containerPort: number;
  readonly protocol: Protocol;
}

/** The hostPorts of a pod. One with hostNetwork listens on the node by itself. */
export function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  if (spec.hostNetwork === true) return [];
  return servingContainers(spec).flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, hostIP, containerPort, protocol = "TCP" }) => {
      if (hostPort === 0) return [];
      const isOfAll = hostIP === undefined || hostIP === "" || hostIP === "0.0.0.0";
      return [{ hostPort, containerPort, protocol, ...(!isOfAll && { hostIP }) }];
    }),
  );
}

/** Whether a pod is on a node; true if no node is given. */
export function isOnNode({ spec: { nodeName } }: Pod, node: string | undefined): boolean {
  return node === undefined || nodeName === undefined || nodeName === node;
}
