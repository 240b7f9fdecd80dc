import type { Balancer } from "../../balancer/balancer.ts";
import { verdict } from "../../balancer/endpoint-table.ts";
import { type Binder, systemBinder } from "../../net/binder.ts";
import { isLoopback } from "../../net/loopback.ts";
import { FIRST_MIRROR } from "../../net/loopback-mirror.ts";
import { qualifiedName } from "../../objects/object-key.ts";
import type { Pod } from "../../objects/pod.ts";
import type { Service } from "../../objects/service.ts";
import type { Change } from "../../store/operation.ts";
import type { Store } from "../../store/store.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import type { Dialer } from "../dialer.ts";
import type { LocalAddressOf } from "../mapped-dialer.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import { HealthChecks } from "./health-checks.ts";
import { LostRelays } from "./lost-relays.ts";
import { PodTargets, pinnedBalancer, plannedPods } from "./pod-plan.ts";
import type { Relay } from "./relay.ts";
import { type PlannedRelay, plannedRelays, type RelayPlaces } from "./relay-plan.ts";
import { RelayTable, type WantedRelay } from "./relay-table.ts";
import { SctpError } from "./sctp-error.ts";
import { type TcpRelayOptions, tcpRelay } from "./tcp-relay.ts";
import { touchedServices } from "./touched-services.ts";
import { udpRelay } from "./udp-relay.ts";

/** The program that holds an address may end, and trying again costs little. */
const RETRY = 2_000;

/** The options of {@link createRelays}. */
export interface RelaysOptions {
  readonly store: StoreReader & Pick<Store, "subscribe">;
  readonly balancer: Balancer;
  readonly dialer: Dialer;
  /** Listen on ClusterIPs, load balancer and external addresses, and on addresses of local pods. Default: true. */
  readonly services?: boolean;
  /** The local address that stands for one of those. Default: its loopback mirror. */
  readonly localAddress?: (address: string) => string | undefined;
  /** Where sockets are bound. Default: on this machine. */
  readonly binder?: Binder;
  /** Whether a client is a process of this node (P.3). Default: one on a loopback address. */
  readonly isFromThisNode?: (address: string) => boolean;
  /** Where pods run on this machine; the addresses of those are listened on, too. Default: none do. */
  readonly localAddressOf?: LocalAddressOf;
  /** Whether every pod's own address is listened on, not only those of pods with a DNS name. Default: false. */
  readonly everyPod?: boolean;
  /** Hosts to listen on for NodePorts, and for pods' hostPorts. Default: 127.0.0.1. */
  readonly nodePortHosts?: readonly string[];
  /** The node that this machine stands for. Default: every node. */
  readonly node?: string | undefined;
  /** Milliseconds for one upstream connection. Default: 5000. */
  readonly connectTimeout?: number;
  /** Try no second endpoint when the chosen one can't be connected to, as kube-proxy does. Default: false. */
  readonly strict?: boolean;
  /** Milliseconds without a byte before a connection is cut. Default: 0, never. */
  readonly idleTime?: number;
  /** Milliseconds after which an address that could not be bound is tried again. Default: 2000. */
  readonly retryTime?: number;
  /** An address could not be bound (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`); everything else keeps working. */
  readonly onListenError?: (relay: PlannedRelay, error: Error) => void;
  /**
   * The same for an address that has no endpoint at the moment and so needn't listen: another program answers there.
   */
  readonly onIdleListenError?: (relay: PlannedRelay, error: Error) => void;
  /** An address that could not be bound listens now, or is not needed any more. */
  readonly onRegained?: (relay: PlannedRelay, listening: boolean) => void;
  /** A connection is over. */
  readonly onTraffic?: (event: TrafficEvent) => void;
  /** An error that no caller waits for; everything keeps working. */
  readonly onError?: (error: Error) => void;
}

/** Listeners at the addresses of Services and pods, each leading to live endpoints. */
export interface Relays extends AsyncDisposable {
  /** Resolves when each relay listens or was reported as impossible. */
  settled(): Promise<void>;
  /** What listens now. */
  listening(): readonly PlannedRelay[];
  /** Stops listening; connections have `grace` milliseconds to end. Default: 10,000. */
  close(grace?: number): Promise<void>;
}

/**
 * Listens for every Service of the store and follows it: a relay is open exactly as long as its Service
 * exists and has a usable endpoint, and one on a pod's address as long as the pod serves. A pod's hostPort is open as
 * long as the pod is there.
 */
export function createRelays(options: RelaysOptions): Relays {
  return new StoreRelays(options);
}

class StoreRelays implements Relays {
  readonly #store: RelaysOptions["store"];
  readonly #places: RelayPlaces;
  readonly #localAddressOf: LocalAddressOf;
  readonly #relayOptions: ReturnType<typeof relayOptionsOf>;
  readonly #podTargets: PodTargets;
  readonly #lost: LostRelays;
  readonly #table: RelayTable;
  readonly #checks: HealthChecks;
  readonly #unsubscribe: () => void;

  constructor(options: RelaysOptions) {
    const { store, balancer } = options;
    this.#store = store;
    this.#localAddressOf = options.localAddressOf ?? (() => undefined);
    this.#places = placesOf(options);
    this.#relayOptions = relayOptionsOf(options);
    this.#podTargets = new PodTargets(balancer);
    const { binder, onError } = this.#relayOptions;
    this.#lost = new LostRelays({
      localAddressOf: this.#localAddressOf,
      retryTime: options.retryTime ?? RETRY,
      retry: () => this.#table.reopen(),
      onLost(plan, error, wanted) {
        if (wanted) options.onListenError?.(plan, error);
        else options.onIdleListenError?.(plan, error);
      },
      onRegained: (plan, listening) => options.onRegained?.(plan, listening),
    });
    this.#table = new RelayTable(
      (plan) => this.#make(plan),
      (plan) => this.#lost.settle(plan, false),
      binder.isShared ?? false,
    );
    const serviceOf = (id: string) => this.#serviceOf(id);
    const [host] = this.#places.nodePortHosts;
    this.#checks = new HealthChecks({ host, binder, balancer, serviceOf, onError });
    this.#unsubscribe = store.subscribe((changes) => this.#follow(changes));
    for (const { metadata } of store.list("Service")) {
      this.#update(qualifiedName(metadata.namespace, metadata.name));
    }
    for (const pod of store.list("Pod")) this.#updatePod(pod, false);
  }

  #follow(changes: readonly Change[]): void {
    for (const id of touchedServices(changes)) this.#update(id);
    for (const { kind, type, object } of changes) {
      if (kind === "Pod") this.#updatePod(object as Pod, type === "deleted");
    }
  }

  #update(id: string): void {
    const service = this.#serviceOf(id);
    this.#table.update(id, service === undefined ? [] : this.#wanted(service));
    this.#checks.update(id);
  }

  #updatePod(pod: Pod, gone: boolean): void {
    const id = `pod ${pod.metadata.namespace}/${pod.metadata.name}`;
    const own = gone ? undefined : pod;
    const plans = this.#podTargets.plan(id, own, this.#places, this.#localAddressOf);
    this.#table.update(
      id,
      plans.map((plan) => ({ plan, open: true })),
    );
  }

  #wanted(service: Service): WantedRelay[] {
    const { balancer } = this.#relayOptions;
    const virtual = plannedRelays(service, balancer, this.#places).map((plan) => {
      const { outcome } = verdict(plan.target.table, service, plan.traffic, true);
      return { plan, open: outcome === "use" };
    });
    const pods = plannedPods(service, balancer, this.#places, this.#localAddressOf);
    return [...virtual, ...pods.map((plan) => ({ plan, open: true }))];
  }

  #serviceOf(id: string): Service | undefined {
    const slash = id.indexOf("/");
    return this.#store.get("Service", id.slice(0, slash), id.slice(slash + 1));
  }

  #make(plan: PlannedRelay): Relay | undefined {
    switch (plan.protocol) {
      case "SCTP":
        this.#lost.add(plan, new SctpError(plan), true);
        return undefined;
      case "TCP":
        return tcpRelay({ ...plan, next: () => plan.target }, this.#optionsFor(plan));
      case "UDP":
        return udpRelay({ ...plan, next: () => plan.target }, this.#optionsFor(plan));
    }
  }

  #optionsFor(plan: PlannedRelay): TcpRelayOptions {
    const { balancer } = this.#relayOptions;
    const isPinned = plan.kind === "Pod" || plan.kind === "HostPort";
    return {
      ...this.#relayOptions,
      balancer: isPinned ? pinnedBalancer(balancer, plan) : balancer,
      onListenError: (error, wanted) => this.#lost.add(plan, error, wanted),
      onListening: (wanted) => this.#lost.settle(plan, wanted),
    };
  }

  async settled(): Promise<void> {
    await Promise.all([this.#table.settled(), this.#checks.settled()]);
  }

  listening(): readonly PlannedRelay[] {
    return this.#table.listening();
  }

  async close(grace = 10_000): Promise<void> {
    this.#unsubscribe();
    this.#lost.close();
    await Promise.all([this.#table.close(grace), this.#checks.close(grace)]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function placesOf(options: RelaysOptions): RelayPlaces {
  return {
    services: options.services ?? true,
    localAddress: options.localAddress ?? ((address) => FIRST_MIRROR.addressOf(address)),
    nodePortHosts: options.nodePortHosts ?? ["127.0.0.1"],
    node: options.node,
    everyPod: options.everyPod ?? false,
  };
}

function relayOptionsOf(options: RelaysOptions) {
  return {
    balancer: options.balancer,
    dialer: options.dialer,
    binder: options.binder ?? systemBinder,
    isFromThisNode: options.isFromThisNode ?? isLoopback,
    connectTimeout: options.connectTimeout ?? 5_000,
    strict: options.strict ?? false,
    idleTime: options.idleTime ?? 0,
    onTraffic: options.onTraffic,
    onError: options.onError ?? (() => {}),
  };
}
