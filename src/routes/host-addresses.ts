import type { ObjectReader } from "../store/store-reader.ts";
import { externalAddresses, INGRESS_SERVICE, serviceNameOf } from "./gateway-service.ts";
import { compareHosts, type HostPattern, matchesHost } from "./host-pattern.ts";
import type { PlannedListener, Routing } from "./translate.ts";

/**
 * The cluster addresses at which a host of routes is served: those of the Gateway with the most specific route for
 * it, else of Ingresses.
 * @param host in lower case, without a final dot
 * @returns undefined where no route names the host
 */
export function hostAddresses(
  { gateways, ingress }: Routing,
  store: ObjectReader,
  host: string,
): readonly string[] | undefined {
  const owners = [
    ...gateways.map(({ gateway, listeners }) => ({
      listeners: listeners as readonly PlannedListener[],
      namespace: gateway.metadata.namespace ?? "",
      name: serviceNameOf(gateway),
    })),
    { listeners: ingress, ...INGRESS_SERVICE },
  ];
  let best: HostPattern | undefined;
  let addresses: readonly string[] | undefined;
  for (const { listeners, namespace, name } of owners) {
    const pattern = nearest(listeners, host);
    if (pattern === undefined || (best !== undefined && compareHosts(pattern, best) >= 0)) continue;
    best = pattern;
    addresses = externalAddresses(store.get("Service", namespace, name));
  }
  return addresses;
}

/** The most specific host with a name that has something at one of the listeners. */
function nearest(listeners: readonly PlannedListener[], host: string): HostPattern | undefined {
  let best: HostPattern | undefined;
  for (const { listener, http, streams } of listeners) {
    if (!listener.isServed) continue;
    const patterns = [http.hostFor(host), ...streams.map((each) => each.host)];
    for (const pattern of patterns) {
      if (pattern === undefined || pattern.kind === "any" || !matchesHost(pattern, host)) continue;
      if (best === undefined || compareHosts(pattern, best) < 0) best = pattern;
    }
  }
  return best;
}
