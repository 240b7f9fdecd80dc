import type { EndpointSlice } from "../objects/endpoint-slice.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { type Pod, podIPs } from "../objects/pod.ts";
import { servingContainers } from "../objects/target-port.ts";
import type { Store } from "../store/store.ts";
import { ANY_PORT, type ControlInfo, type LocalEndpoint } from "./protocol.ts";

/** The part of a running engine that its control socket offers. */
export interface ControlSubject {
  readonly store: Store;
  info(): ControlInfo;
  /** Undefined for endpoints that are dialled at their own address. */
  localAddressOf(address: string, port: number): LocalEndpoint["local"] | undefined;
}

/** All objects, status included. */
export function allObjects({ store }: ControlSubject): KubernetesObject[] {
  return store.kinds().flatMap((kind) => store.list(kind));
}

/** The endpoints of EndpointSlices, and the ports of pods, that are local processes. */
export function localEndpoints(
  objects: readonly KubernetesObject[],
  { localAddressOf }: Pick<ControlSubject, "localAddressOf">,
): LocalEndpoint[] {
  return objects
    .flatMap((object) => declaredEndpoints(object))
    .flatMap((declared) => {
      const local = localAddressOf(declared.address, declared.port);
      return local === undefined ? [] : [{ ...declared, local }];
    });
}

/** The addresses and ports that an object states for a pod. */
export function declaredEndpoints(object: KubernetesObject): Omit<LocalEndpoint, "local">[] {
  switch (object.kind) {
    case "EndpointSlice": {
      const { endpoints, ports } = object as EndpointSlice;
      const addresses = endpoints.flatMap((endpoint) => endpoint.addresses);
      return (ports ?? []).flatMap(({ port = 0 }) =>
        port === 0 ? [] : addresses.map((address) => ({ address, port })),
      );
    }
    case "Pod": {
      const pod = object as Pod;
      const id = `${pod.metadata.namespace}/${pod.metadata.name}`;
      const ports = servingContainers(pod.spec).flatMap((container) => container.ports ?? []);
      const numbers = [...ports.map(({ containerPort }) => containerPort), ANY_PORT];
      return podIPs(pod).flatMap((address) => numbers.map((port) => ({ address, port, pod: id })));
    }
    default:
      return [];
  }
}
