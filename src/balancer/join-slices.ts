import {
  type Endpoint,
  type EndpointSlice,
  isEndpointReady,
  isEndpointServing,
  isEndpointTerminating,
  isPortNamed,
} from "../objects/endpoint-slice.ts";
import { type Backend, backendId } from "./backend.ts";
import type { EndpointLoad } from "./endpoint-load.ts";
import type { ServicePortKey } from "./service-port.ts";
import type { NodePlace } from "./topology.ts";

/**
 * The endpoints of one service port: the union over all slices of its Service, joined by port name and
 * protocol, never by number; one per address and port, as an endpoint may stand in two slices while it moves
 * between them (P.1).
 */
export function joinSlices(
  slices: Iterable<EndpointSlice>,
  key: Pick<ServicePortKey, "port" | "protocol" | "family">,
  place: NodePlace,
  loadOf: (id: string) => EndpointLoad,
): Backend[] {
  const found = new Map<string, Backend>();
  for (const slice of slices) {
    if (slice.addressType !== key.family) continue;
    for (const port of slice.ports ?? []) {
      if (!isPortNamed(port, key.port, key.protocol)) continue;
      const number = port.port ?? 0;
      if (number === 0) continue;
      for (const endpoint of slice.endpoints) {
        const [address] = endpoint.addresses;
        if (address === undefined) continue;
        const id = backendId(address, number);
        const known = found.get(id);
        const ready = isEndpointReady(endpoint);
        if (known === undefined || (ready && !known.ready)) {
          found.set(id, backend(endpoint, address, number, place, loadOf(id)));
        } else if (ready && endpoint.hostname !== known.endpoint.hostname) {
          found.set(id, { ...known, twins: [...(known.twins ?? []), endpoint] });
        }
      }
    }
  }
  return [...found.values()];
}

function backend(
  endpoint: Endpoint,
  address: string,
  port: number,
  place: NodePlace,
  load: EndpointLoad,
): Backend {
  const { nodeName } = endpoint;
  return {
    address,
    port,
    endpoint,
    ready: isEndpointReady(endpoint),
    serving: isEndpointServing(endpoint),
    terminating: isEndpointTerminating(endpoint),
    local: place.node === undefined || nodeName === undefined || nodeName === place.node,
    load,
  };
}
