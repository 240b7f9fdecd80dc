import type { BalancedPort } from "../../balancer/balanced-port.ts";
import type { Balancer } from "../../balancer/balancer.ts";
import { isFinished } from "../../controllers/pod-state.ts";
import { isLoopback } from "../../net/loopback.ts";
import { hostPortsOf, isOnNode } from "../../objects/host-ports.ts";
import { type Pod, podIPs } from "../../objects/pod.ts";
import { isHeadless, type Service } from "../../objects/service.ts";
import { servingContainers } from "../../objects/target-port.ts";
import type { LocalAddressOf } from "../mapped-dialer.ts";
import type { PlannedRelay, RelayPlaces } from "./relay-plan.ts";

/**
 * What should listen for the pods of a Service. Each pod that runs on this machine and has a DNS name (`db-0.db`, or
 * any pod of a headless Service) is reached on the mirror of its own address, at its own port. Other pods have no
 * such listener: it would keep every program of the machine from listening on all addresses at that port. It is open
 * exactly while the pod's process serves, so that it never takes the port away from the process; a pod that is
 * published before it is ready listens somewhere else, or has no listener.
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
    for (const { address, port, ready, serving, endpoint } of target.table.all) {
      if (!isNamed && !endpoint.hostname && !places.everyPod) continue;
      const local = localAddressOf(address, port);
      if (local === undefined) continue;
      if (!serving && !(ready && (places.everyPod || local.port !== port))) continue;
      const host = places.localAddress(address);
      if (host === undefined) continue;
      const { protocol } = target.key;
      planned.push({ kind: "Pod", protocol, address, host, port, traffic: "internal", target });
    }
  }
  return planned;
}

/**
 * What should listen for a pod even without a Service: its hostPorts on this node, and, where every pod is listened
 * for, the ports of its containers at its own address.
 */
function plannedPorts(
  pod: Pod,
  targetOf: (pod: Pod, address: string, port: number) => BalancedPort,
  places: RelayPlaces,
  localAddressOf: LocalAddressOf,
): readonly PlannedRelay[] {
  const planned: PlannedRelay[] = [];
  const [address] = podIPs(pod);
  if (address === undefined || isFinished(pod) || pod.spec.hostNetwork === true) return planned;
  const traffic = "internal";
  for (const { hostPort, hostIP, containerPort, protocol } of hostPortsOf(pod)) {
    if (!isOnNode(pod, places.node)) break;
    const local = localAddressOf(address, containerPort);
    // A process of this machine that listens at that address by itself needs no relay.
    if (local === undefined || (local.port === hostPort && !places.everyPod)) continue;
    const target = targetOf(pod, address, containerPort);
    const hosts = hostIP !== undefined && isLoopback(hostIP) ? [hostIP] : places.nodePortHosts;
    for (const host of places.nodePortHosts.length === 0 ? [] : hosts) {
      planned.push({ kind: "HostPort", protocol, address, host, port: hostPort, traffic, target });
    }
  }
  if (!places.everyPod || !places.services) return planned;
  for (const { ports = [] } of servingContainers(pod.spec)) {
    for (const { containerPort: port, protocol = "TCP" } of ports) {
      const host = places.localAddress(address);
      if (host === undefined || localAddressOf(address, port) === undefined) continue;
      const target = targetOf(pod, address, port);
      planned.push({ kind: "Pod", protocol, address, host, port, traffic, target });
    }
  }
  return planned;
}

/** Targets of pods without a Service. A pod's targets stay the same objects as long as its addresses and ports do. */
export class PodTargets {
  readonly #balancer: Balancer;
  readonly #byPod = new Map<string, Map<string, BalancedPort>>();

  constructor(balancer: Balancer) {
    this.#balancer = balancer;
  }

  /** The result of {@link plannedPorts} for a pod; `undefined` for one that was deleted. @param id of the pod */
  plan(
    id: string,
    pod: Pod | undefined,
    places: RelayPlaces,
    localAddressOf: LocalAddressOf,
  ): readonly PlannedRelay[] {
    const before = this.#byPod.get(id);
    const used = new Map<string, BalancedPort>();
    const targetOf = (of: Pod, address: string, port: number): BalancedPort => {
      const at = `${address} ${port}`;
      const target = before?.get(at) ?? this.#balancer.portOfPod(of, address, port);
      used.set(at, target);
      return target;
    };
    const planned = pod === undefined ? [] : plannedPorts(pod, targetOf, places, localAddressOf);
    if (used.size > 0) this.#byPod.set(id, used);
    else this.#byPod.delete(id);
    return planned;
  }
}

/** A balancer that always chooses one pod, for the relay on that pod's address, or on a port of its node. */
export function pinnedBalancer(balancer: Balancer, plan: PlannedRelay): Balancer {
  const { kind, address, target } = plan;
  const pod = { address, port: kind === "HostPort" ? target.port.port : plan.port };
  return { ...balancer, pick: (target, client) => balancer.pick(target, { ...client, pod }) };
}
