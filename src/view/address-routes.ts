import { isIPv6 } from "node:net";
import type { Balancer } from "../balancer/balancer.ts";
import type { Traffic } from "../balancer/endpoint-table.ts";
import type { ObservedStore } from "../dns/options.ts";
import type { Pod } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import type { Asker } from "./asker.ts";
import type { MirroredAddresses } from "./mirrored-addresses.ts";
import { type NodePortOwner, NodePorts } from "./node-ports.ts";
import { PodAddresses } from "./pod-addresses.ts";
import { type NoRoute, noRoute, type Route, routeTo } from "./route.ts";
import { servicePort } from "./service-port.ts";

export interface AddressRoutesOptions {
  readonly store: ObservedStore;
  readonly balancer: Balancer;
  readonly mirrored: MirroredAddresses;
  /** The address of this machine as a node: where NodePorts are offered. */
  readonly thisMachine: string;
  /** The node that this machine stands for. */
  readonly node: string | undefined;
}

/** The clients of a view are processes of the machine that it stands for (P.3). */
const FROM_HERE = {
  internal: { traffic: "internal" },
  external: { traffic: "external", fromThisNode: true },
  "load-balancer": { traffic: "load-balancer", fromThisNode: true },
} as const satisfies Record<Traffic, Route["only"]>;

/** Where an IP address and a port lead. */
export class AddressRoutes {
  readonly #balancer: Balancer;
  readonly #mirrored: MirroredAddresses;
  readonly #pods: PodAddresses;
  readonly #nodePorts: NodePorts;

  constructor({ store, balancer, mirrored, thisMachine, node }: AddressRoutesOptions) {
    this.#balancer = balancer;
    this.#mirrored = mirrored;
    this.#pods = new PodAddresses(store);
    this.#nodePorts = new NodePorts(store, thisMachine, node);
  }

  /** Tried in this order: an address of a Service, a port of a node, a pod, an endpoint without a pod. */
  find(address: string, port: number | undefined, { protocol }: Asker): Route | NoRoute {
    const own = this.#mirrored.original(address);
    const owner = this.#balancer.serviceAt(own);
    if (owner !== undefined) {
      const family = isIPv6(own) ? "IPv6" : "IPv4";
      const asked = { number: port, protocol, family } as const;
      const found = servicePort(owner.service, asked, this.#balancer, address);
      if (!("table" in found)) return found;
      return { ...routeTo(owner.service, found), only: FROM_HERE[owner.address.traffic] };
    }
    const atNode = port === undefined ? undefined : this.#nodePorts.at(own, port, protocol);
    if (atNode !== undefined) return this.#ofNodePort(atNode);
    const pod = this.#pods.podAt(own);
    if (pod !== undefined) {
      return port === undefined ? this.#ofPodAlone(pod, own) : this.#ofPod(pod, own, port);
    }
    const services = this.#pods.servicesAt(own);
    const route = port === undefined ? undefined : this.#ofEndpoint(services, own, port);
    if (route !== undefined) return route;
    const [first] = services;
    if (first === undefined) {
      return noRoute("no-address", () => `no Service has the address ${address}, and no pod`);
    }
    const { namespace, name } = first.metadata;
    return noRoute(
      "no-port",
      () => `${address} is an endpoint of Service ${namespace}/${name}, at another port`,
    );
  }

  #ofNodePort({ service, port, pod }: NodePortOwner): Route {
    if (service !== undefined) {
      const route = routeTo(service, this.#balancer.portOf(service, port));
      return { ...route, only: FROM_HERE.external, nodePort: "NodePort" };
    }
    const { object, ...at } = pod;
    const route = {
      port: this.#balancer.portOfPod(object, at.address, at.port),
      only: { pod: at },
    };
    return { ...route, nodePort: "hostPort" };
  }

  /** A pod by its address alone: the port that the first Service in front of it answers with. */
  #ofPodAlone(pod: Pod, address: string): Route | NoRoute {
    for (const service of this.#pods.servicesAt(address)) {
      const found = servicePort(service, { number: undefined }, this.#balancer, address);
      const own =
        "table" in found ? found.table.all.find((each) => each.address === address) : undefined;
      if (own !== undefined) return this.#ofPod(pod, address, own.port);
    }
    const { namespace, name } = pod.metadata;
    return noRoute(
      "no-port",
      () =>
        `${address} is the address of pod ${namespace}/${name}, which no Service leads to: say which of its ports, as in ${address}:80`,
    );
  }

  /** Any port of a pod: through the Service port that leads to it, if there is one. */
  #ofPod(pod: Pod, address: string, port: number): Route {
    return (
      this.#ofEndpoint(this.#pods.servicesAt(address), address, port) ?? {
        port: this.#balancer.portOfPod(pod, address, port),
        only: { pod: { address, port } },
      }
    );
  }

  /** The first Service port that has this endpoint. */
  #ofEndpoint(services: readonly Service[], address: string, port: number): Route | undefined {
    const family = isIPv6(address) ? "IPv6" : "IPv4";
    for (const service of services) {
      for (const declared of service.spec.ports ?? []) {
        const found = this.#balancer.portOf(service, declared, family);
        if (!found.table.all.some((each) => each.address === address && each.port === port)) {
          continue;
        }
        return { ...routeTo(service, found), only: { pod: { address, port } } };
      }
    }
    return undefined;
  }

  /** Stops following the store. */
  close(): void {
    this.#pods.close();
  }
}
