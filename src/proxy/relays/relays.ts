import type { Balancer } from "../../balancer/balancer.ts";
import { verdict } from "../../balancer/endpoint-table.ts";
import { type Binder, systemBinder } from "../../net/binder.ts";
import { mirrorAddress } from "../../net/loopback-mirror.ts";
import { type EndpointSlice, SERVICE_NAME_LABEL } from "../../objects/endpoint-slice.ts";
import type { Service } from "../../objects/service.ts";
import type { Change } from "../../store/operation.ts";
import type { ChangeListener } from "../../store/store.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { isLoopback } from "../address-text.ts";
import type { Dialer } from "../dialer.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import { healthCheck, healthCheckPort } from "./health-check.ts";
import type { Relay } from "./relay.ts";
import { type PlannedRelay, plannedRelays } from "./relay-plan.ts";
import { SctpError } from "./sctp-error.ts";
import { tcpRelay } from "./tcp-relay.ts";
import { udpRelay } from "./udp-relay.ts";

export interface RelaysOptions {
  readonly store: StoreReader & { subscribe(listener: ChangeListener): () => void };
  readonly balancer: Balancer;
  readonly dialer: Dialer;
  /** Listen on ClusterIPs, load balancer and external addresses. Default: true. */
  readonly services?: boolean;
  /** Where such an address is bound. Default: {@link mirrorAddress}. */
  readonly localAddress?: (address: string) => string | undefined;
  /** Where sockets are bound. Default: on this machine. */
  readonly binder?: Binder;
  /** Whether a client is a process of this node (P.3). Default: one on a loopback address. */
  readonly isFromThisNode?: (address: string) => boolean;
  /** Hosts to listen on for NodePorts. Default: 127.0.0.1. */
  readonly nodePortHosts?: readonly string[];
  /** Milliseconds for one upstream connection. Default: 5000. */
  readonly connectTimeout?: number;
  /** No second endpoint when the chosen one can't be connected to, as kube-proxy. Default: false. */
  readonly strict?: boolean;
  /** Milliseconds without a byte before a connection is cut. Default: 0, never. */
  readonly idleTime?: number;
  /** An address could not be had (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`); everything else goes on. */
  readonly onListenError?: (relay: PlannedRelay, error: Error) => void;
  readonly onTraffic?: (event: TrafficEvent) => void;
  readonly onError?: (error: Error) => void;
}

export interface Relays extends AsyncDisposable {
  /** Resolves when everything that should listen does, or was reported as impossible. */
  settled(): Promise<void>;
  /** What listens now. */
  listening(): readonly PlannedRelay[];
  /** Stops listening; connections have `grace` milliseconds to end. Default: 10,000. */
  close(grace?: number): Promise<void>;
}

interface Entry {
  readonly plan: PlannedRelay;
  readonly service: string;
  readonly relay: Relay;
}

/**
 * Listens for every Service of the store and follows it: a relay is open exactly as long as its Service
 * exists and has a usable endpoint.
 */
export function createRelays(options: RelaysOptions): Relays {
  const { store, balancer } = options;
  const places = {
    services: options.services ?? true,
    localAddress: options.localAddress ?? mirrorAddress,
    nodePortHosts: options.nodePortHosts ?? ["127.0.0.1"],
  };
  const relayOptions = {
    balancer,
    dialer: options.dialer,
    binder: options.binder ?? systemBinder,
    isFromThisNode: options.isFromThisNode ?? isLoopback,
    connectTimeout: options.connectTimeout ?? 5_000,
    strict: options.strict ?? false,
    idleTime: options.idleTime ?? 0,
    onTraffic: options.onTraffic,
    onListenError: options.onListenError ?? (() => {}),
    onError: options.onError ?? (() => {}),
  };
  /** By protocol, host and port. */
  const entries = new Map<string, Entry>();
  /** Keys of `entries` by `namespace/name`. */
  const byService = new Map<string, Set<string>>();
  /** Relays whose Service is gone and whose connections may still be there. */
  const orphans = new Set<Relay>();
  /** By `namespace/name`. */
  const healthChecks = new Map<string, { readonly port: number; readonly relay: Relay }>();

  const unsubscribe = store.subscribe(follow);
  for (const service of store.list("Service")) {
    sync(service);
    syncHealthCheck(`${service.metadata.namespace}/${service.metadata.name}`);
  }

  function follow(changes: readonly Change[]): void {
    const touched = new Set<string>();
    for (const { kind, object, previous } of changes) {
      const namespace = object.metadata.namespace ?? "";
      if (kind === "Service") {
        touched.add(`${namespace}/${object.metadata.name}`);
      } else if (kind === "EndpointSlice.discovery.k8s.io") {
        for (const slice of [object, previous] as (EndpointSlice | undefined)[]) {
          const name = slice?.metadata.labels?.[SERVICE_NAME_LABEL];
          if (name !== undefined) touched.add(`${namespace}/${name}`);
        }
      }
    }
    // An address may move from one Service to another in one batch: first all that leave it, then who takes it.
    const present: Service[] = [];
    for (const id of touched) {
      const slash = id.indexOf("/");
      const service = store.get("Service", id.slice(0, slash), id.slice(slash + 1));
      const planned = service === undefined ? [] : plannedRelays(service, balancer, places);
      const keep = new Set(planned.map(keyOf));
      for (const key of byService.get(id) ?? []) if (!keep.has(key)) remove(key);
      if (service !== undefined) present.push(service);
    }
    for (const service of present) sync(service);
    for (const id of touched) syncHealthCheck(id);
  }

  function syncHealthCheck(id: string): void {
    const slash = id.indexOf("/");
    const current = () => store.get("Service", id.slice(0, slash), id.slice(slash + 1));
    const service = current();
    const port = service === undefined ? undefined : healthCheckPort(service);
    const known = healthChecks.get(id);
    if (known?.port === port) return;
    known?.relay.setOpen(false);
    healthChecks.delete(id);
    const [host] = places.nodePortHosts;
    if (port === undefined || host === undefined) return;
    const onListenError = (error: Error) => relayOptions.onError(error);
    const relay = healthCheck(port, {
      host,
      binder: relayOptions.binder,
      balancer,
      service: current,
      onListenError,
    });
    relay.setOpen(true);
    healthChecks.set(id, { port, relay });
  }

  function sync(service: Service): void {
    const id = `${service.metadata.namespace}/${service.metadata.name}`;
    for (const plan of plannedRelays(service, balancer, places)) {
      const key = keyOf(plan);
      let entry = entries.get(key);
      if (entry !== undefined && entry.service !== id) continue;
      if (entry !== undefined && entry.plan.target !== plan.target) {
        remove(key);
        entry = undefined;
      }
      if (entry === undefined) {
        if (plan.protocol === "SCTP") {
          relayOptions.onListenError(plan, new SctpError(plan));
          continue;
        }
        const relay = plan.protocol === "UDP" ? udpRelay : tcpRelay;
        entry = { plan, service: id, relay: relay(plan, relayOptions) };
        entries.set(key, entry);
        const keys = byService.get(id) ?? new Set();
        byService.set(id, keys.add(key));
      }
      const { target, traffic } = plan;
      const found = verdict(target.table, service, traffic, true);
      entry.relay.setOpen(found.outcome === "use");
      entry.relay.refresh?.();
    }
  }

  function remove(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    const keys = byService.get(entry.service);
    keys?.delete(key);
    if (keys?.size === 0) byService.delete(entry.service);
    // Nothing kills the connections of a Service that is gone (P.3); they end when this process does.
    entry.relay.setOpen(false);
    orphans.add(entry.relay);
  }

  return {
    async settled() {
      const all = [...entries.values(), ...healthChecks.values()];
      await Promise.all(all.map((entry) => entry.relay.settled()));
    },
    listening: () =>
      [...entries.values()].filter((entry) => entry.relay.isListening).map((entry) => entry.plan),
    async close(grace = 10_000) {
      unsubscribe();
      const current = [...entries.values(), ...healthChecks.values()];
      const all = [...current.map((entry) => entry.relay), ...orphans];
      entries.clear();
      healthChecks.clear();
      byService.clear();
      await Promise.all(all.map((relay) => relay.close(grace)));
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

function keyOf(plan: PlannedRelay): string {
  return `${plan.protocol} ${plan.host} ${plan.port}`;
}
