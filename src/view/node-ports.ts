import { protocolOf } from "../balancer/service-port.ts";
import { isFinished } from "../controllers/pod-state.ts";
import type { ObservedStore } from "../dns/options.ts";
import { hostPortsOf, isOnNode } from "../objects/host-ports.ts";
import { nodeAddresses } from "../objects/node.ts";
import { type Pod, type Protocol, podIPs } from "../objects/pod.ts";
import { hasNodePorts, hasOwnProxy, type Service, type ServicePort } from "../objects/service.ts";

/** The owner of a port of the node: a Service's NodePort, or a pod's hostPort. */
export type NodePortOwner =
  | { readonly service: Service; readonly port: ServicePort; readonly pod?: never }
  | {
      readonly service?: never;
      readonly port?: never;
      /** The pod, and which of its addresses and ports. */
      readonly pod: { readonly object: Pod; readonly address: string; readonly port: number };
    };

/** The ports of nodes that lead into the cluster. */
export class NodePorts {
  readonly #store: ObservedStore;
  readonly #thisMachine: string;
  readonly #node: string | undefined;

  /**
   * @param thisMachine the address where this machine offers them.
   * @param node the node that this machine stands for.
   */
  constructor(store: ObservedStore, thisMachine: string, node: string | undefined) {
    this.#store = store;
    this.#thisMachine = thisMachine;
    this.#node = node;
  }

  /** @param protocol default: TCP */
  at(address: string, port: number, protocol: Protocol | "any" = "TCP"): NodePortOwner | undefined {
    if (address !== this.#thisMachine && !this.#isNode(address)) return undefined;
    const speaks = (spoken: Protocol) => protocol === "any" || protocol === spoken;
    for (const service of this.#store.list("Service")) {
      if (!hasNodePorts(service.spec) || hasOwnProxy(service)) continue;
      const found = service.spec.ports?.find(
        (each) => each.nodePort === port && speaks(protocolOf(each)),
      );
      if (found !== undefined) return { service, port: found };
    }
    for (const object of this.#store.list("Pod")) {
      if (isFinished(object) || !isOnNode(object, this.#node)) continue;
      const [own] = podIPs(object);
      const found = hostPortsOf(object).find(
        (each) => each.hostPort === port && speaks(each.protocol),
      );
      if (found === undefined || own === undefined) continue;
      return { pod: { object, address: own, port: found.containerPort } };
    }
    return undefined;
  }

  #isNode(address: string): boolean {
    return this.#store.list("Node").some((node) => nodeAddresses(node).includes(address));
  }
}
