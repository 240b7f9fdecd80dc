import type { Balancer } from "../../balancer/balancer.ts";
import { isHeadless, type Service } from "../../objects/service.ts";
import type { LocalAddressOf } from "../mapped-dialer.ts";
import type { PlannedRelay, RelayPlaces } from "./relay-plan.ts";

/**
 * What should listen for the pods of a Service: each pod that runs on this machine and that a name leads to
 * (`db-0.db`, or any pod of a headless Service) is reached on the mirror of its own address, at its own port.
 * Others are not: a listener there keeps every program of the machine from listening on all addresses at that
 * port. It is there exactly while the process serves, and so never takes the port from that.
 */
export function plannedPods(
  service: Service,
  balancer: Balancer,
  places: RelayPlaces,
  localAddressOf: LocalAddressOf,
): readonly PlannedRelay[] {
  if (!places.services || service.spec.type === "ExternalName") return [];
  const isNamed = isHeadless(service);
  const planned: PlannedRelay[] = [];
  for (const servicePort of service.spec.ports ?? []) {
    const target = balancer.portOf(service, servicePort);
    for (const { address, port, serving, endpoint } of target.table.all) {
      if (!isNamed && !endpoint.hostname) continue;
      if (!serving || localAddressOf(address, port) === undefined) continue;
      const host = places.localAddress(address);
      if (host === undefined) continue;
      const { protocol } = target.key;
      planned.push({ kind: "Pod", protocol, address, host, port, traffic: "internal", target });
    }
  }
  return planned;
}

/** A balancer that knows one pod only, for the relay on that pod's address. */
export function pinnedBalancer(balancer: Balancer, { address, port }: PlannedRelay): Balancer {
  const pod = { address, port };
  return { ...balancer, pick: (target, client) => balancer.pick(target, { ...client, pod }) };
}
