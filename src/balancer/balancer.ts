import { whyNone } from "../controllers/why-none.ts";
import type { EndpointSlice } from "../objects/endpoint-slice.ts";
import type { Pod, Protocol } from "../objects/pod.ts";
import type { IPFamily, Service, ServicePort } from "../objects/service.ts";
import { AddressIndex } from "../store/address-index.ts";
import type { Change } from "../store/operation.ts";
import type { Store } from "../store/store.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { Backend } from "./backend.ts";
import type { BalancedPort, PortState } from "./balanced-port.ts";
import type { Choice, Client } from "./choice.ts";
import { type Choosing, chooseEndpoint } from "./choose-endpoint.ts";
import { declaredPort, type NoServicePort } from "./declared-port.ts";
import { noteFailure, noteSuccess } from "./ejection.ts";
import { observe } from "./endpoint-load.ts";
import type { Policy } from "./policy.ts";
import { PortStates } from "./port-states.ts";
import { random as randomPolicy } from "./random.ts";
import { type ServiceAddress, serviceAddresses } from "./service-addresses.ts";
import { primaryFamily } from "./service-port.ts";
import { SliceIndex, serviceOf } from "./slice-index.ts";
import { outsidePort, podPort, undeclaredPort } from "./undeclared-port.ts";

/** What a balancer follows, and how it chooses. */
export interface BalancerOptions {
  readonly store: StoreReader & Pick<Store, "subscribe">;
  /** Uniform in [0, 1). Default: Math.random. */
  readonly random?: () => number;
  /** Milliseconds. Default: Date.now. */
  readonly now?: () => number;
  /** The emulated node; absent: every endpoint is local. */
  readonly node?: string | undefined;
  readonly zone?: string | undefined;
  /** Default: {@link randomPolicy}, as kube-proxy. */
  readonly policy?: Policy;
}

/** Knows the endpoints of every Service port, and chooses among them. */
export interface Balancer extends Disposable {
  /**
   * The service port a client means by its number.
   * @param family default: the Service's first.
   */
  lookup(
    namespace: string,
    service: string,
    port: number,
    protocol?: Protocol,
    family?: IPFamily,
  ): BalancedPort | NoServicePort;
  /** The same by the port as it stands in the Service; undefined when the Service isn't in the store. */
  portOf(service: Service, port: ServicePort, family?: IPFamily): BalancedPort;
  /**
   * The endpoints of a Service at a port that it doesn't declare: those of a headless one, which are reached at
   * any port they listen on. As they are now: the result does not follow the store.
   */
  portOfEndpoints(service: Service, number: number, family?: IPFamily): BalancedPort;
  /** A port of one pod at one of its addresses, whether or not a Service leads there. As it is now. */
  portOfPod(pod: Pod, address: string, number: number): BalancedPort;
  /** A port of a host outside the cluster, by its name or address. */
  portOfHost(host: string, number: number): BalancedPort;
  /** The Service that a ClusterIP, load balancer address or external address leads to: of several the first. */
  serviceAt(address: string): AddressOwner | undefined;
  /** Chooses an endpoint, or says by which rule there is none. */
  pick(port: BalancedPort, client?: Client): Choice;
  /** A connection or request to the endpoint begins; {@link finished} must follow. */
  started(backend: Backend): void;
  /**
   * The connection or request is over.
   * @param milliseconds until the first byte of the answer; absent when none came.
   */
  finished(backend: Backend, milliseconds?: number): void;
  /** A connection was established. */
  connected(backend: Backend): void;
  /** A connection could not be established. @returns whether the endpoint is ejected now. */
  connectFailed(port: BalancedPort, backend: Backend): boolean;
  /** Stops following the store. */
  close(): void;
}

/** The owner of a virtual address. */
export interface AddressOwner {
  readonly service: Service;
  readonly address: ServiceAddress;
}

/** Follows Services and EndpointSlices in the store; a change is effective when `store.apply` returns. */
export function createBalancer(options: BalancerOptions): Balancer {
  const { store, node, zone } = options;
  const now = options.now ?? Date.now;
  const slices = new SliceIndex();
  const ports = new PortStates({
    place: { node, zone },
    now,
    slices: (namespace, name) => slices.of(namespace, name),
  });
  const addresses = new AddressIndex<Service>(
    (service) => serviceAddresses(service).map(({ address }) => address),
    () => store.list("Service"),
  );
  const choosing: Choosing = {
    random: options.random ?? Math.random,
    now,
    policy: options.policy ?? randomPolicy,
    node,
    whyNone({ key, service, port }) {
      return whyNone(service, [...slices.of(key.namespace, key.service)], store, port).reason;
    },
  };

  for (const slice of store.list("EndpointSlice.discovery.k8s.io")) slices.put(slice);
  const unsubscribe = store.subscribe((changes) => changes.forEach(follow));

  function follow({ kind, type, object, previous }: Change): void {
    if (kind === "EndpointSlice.discovery.k8s.io") {
      const service = type === "deleted" ? undefined : slices.put(object as EndpointSlice);
      ports.touch(service);
      // Most often it stays where it is, and nothing has to be taken out and put in again.
      if (previous === undefined || serviceOf(previous as EndpointSlice) === service) return;
      ports.touch(slices.delete(previous as EndpointSlice));
    } else if (kind === "Service") {
      const service = object as Service;
      const gone = type === "deleted";
      addresses.change(
        (gone ? service : previous) as Service | undefined,
        gone ? undefined : service,
      );
      if (gone) ports.delete(service);
      else ports.update(service);
    }
  }

  return {
    lookup(namespace, name, number, protocol, family) {
      const service = store.get("Service", namespace, name);
      const found = declaredPort(service, namespace, name, number, protocol);
      return "outcome" in found ? found : ports.of(service as Service, found, family);
    },
    portOf: (service, port, family) => ports.of(service, port, family),
    portOfEndpoints: (service, number, family) =>
      undeclaredPort(
        service,
        [...slices.of(service.metadata.namespace ?? "", service.metadata.name)],
        number,
        family ?? primaryFamily(service),
        { place: { node, zone }, now },
      ),
    portOfPod: (pod, address, number) =>
      podPort(pod, address, number, { place: { node, zone }, now }),
    portOfHost: (host, number) => outsidePort(host, number, { place: { node, zone }, now }),
    serviceAt(address) {
      const [service] = addresses.with(address);
      const own = service && serviceAddresses(service).find((each) => each.address === address);
      return own && { service: service as Service, address: own };
    },
    pick: (port, client = {}) => chooseEndpoint(port as PortState, client, choosing),
    started(backend) {
      backend.load.active++;
    },
    finished(backend, milliseconds) {
      backend.load.active--;
      if (milliseconds !== undefined) observe(backend.load, milliseconds, now());
    },
    connected(backend) {
      if (backend.load.failures > 0 || backend.load.ejections > 0) noteSuccess(backend.load);
    },
    connectFailed(port, backend) {
      const ejected = noteFailure(backend.load, now());
      const state = port as PortState;
      if (ejected) state.ejectedUntil = Math.max(state.ejectedUntil, backend.load.ejectedUntil);
      return ejected;
    },
    close: unsubscribe,
    [Symbol.dispose]: unsubscribe,
  };
}
