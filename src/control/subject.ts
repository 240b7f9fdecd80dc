import type { EndpointSlice } from "../objects/endpoint-slice.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Store } from "../store/store.ts";
import type { ControlInfo, LocalEndpoint } from "./protocol.ts";

/** What a running engine shows on its control socket. */
export interface ControlSubject {
  readonly store: Store;
  info(): ControlInfo;
  /** Undefined for endpoints that are dialled as they are. */
  localAddressOf(address: string, port: number): LocalEndpoint["local"] | undefined;
}

/** All objects, status included. */
export function allObjects({ store }: ControlSubject): KubernetesObject[] {
  return store.kinds().flatMap((kind) => store.list(kind));
}

/** Those endpoints of EndpointSlices among the objects that are local processes. */
export function localEndpoints(
  objects: readonly KubernetesObject[],
  { localAddressOf }: Pick<ControlSubject, "localAddressOf">,
): LocalEndpoint[] {
  const found: LocalEndpoint[] = [];
  for (const object of objects) {
    if (object.kind !== "EndpointSlice") continue;
    const { endpoints, ports } = object as EndpointSlice;
    for (const { port } of ports ?? []) {
      if (!port) continue;
      for (const address of endpoints.flatMap(({ addresses }) => addresses)) {
        const local = localAddressOf(address, port);
        if (local !== undefined) found.push({ address, port, local });
      }
    }
  }
  return found;
}
