import type { Endpoint, EndpointSlice } from "../objects/endpoint-slice.ts";
import type { Protocol } from "../objects/pod.ts";
import type { IPFamily, Service, ServicePort } from "../objects/service.ts";
import type { Change } from "../store/operation.ts";
import type { ChangeListener } from "../store/store.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { affinityTimeout } from "./affinity.ts";
import type { Backend } from "./backend.ts";
import { type BalancedPort, PortState } from "./balanced-port.ts";
import { noteFailure, noteSuccess, withoutEjected } from "./ejection.ts";
import { observe } from "./endpoint-load.ts";
import { type EndpointSet, type Traffic, verdict } from "./endpoint-table.ts";
import type { Policy } from "./policy.ts";
import { random as randomPolicy } from "./random.ts";
import { type ServiceAddress, serviceAddresses } from "./service-addresses.ts";
import { describeServicePort, primaryFamily, protocolOf } from "./service-port.ts";
import { SliceIndex } from "./slice-index.ts";
import { whyNone } from "./why-none.ts";

export interface BalancerOptions {
  readonly store: StoreReader & { subscribe(listener: ChangeListener): () => void };
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

/** Who asks, and how. Everything is optional: the default is a connection to the ClusterIP. */
export interface Client {
  /** Its IP address: the key of session affinity. */
  readonly address?: string | undefined;
  /** Which traffic policy applies. Default: internal. */
  readonly traffic?: Traffic;
  /** See {@link verdict}. */
  readonly fromThisNode?: boolean;
  /** Only the endpoint of this hostname (a pod of a headless Service). */
  readonly hostname?: string | undefined;
  /** Endpoints that were tried in vain. */
  readonly exclude?: ReadonlySet<Backend>;
  readonly policy?: Policy;
  /** Endpoints that refuse connections are not passed over, as in kube-proxy. */
  readonly strict?: boolean;
  /** Requests with an equal key go to one endpoint, whatever the Service says: a cookie's or header's value. */
  readonly sessionKey?: string | undefined;
}

export interface Picked {
  readonly outcome: "endpoint";
  readonly address: string;
  readonly port: number;
  readonly endpoint: Endpoint;
  readonly backend: Backend;
  readonly chosenBy: "policy" | "affinity";
  readonly policy: Policy;
  /** What it was chosen from. */
  readonly from: EndpointSet;
}

export interface NotPicked {
  /** What a cluster would do to the connection: refuse it, or leave it without an answer (P.3). */
  readonly outcome: "reject" | "drop";
  /** Why, for a person; made when asked for. */
  readonly reason: string;
}

export type Pick = Picked | NotPicked;

export interface NoServicePort {
  readonly outcome: "none";
  readonly code: "no-service" | "no-port" | "external-name" | "sctp";
  readonly reason: string;
}

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
  /** The Service that owns a ClusterIP, load balancer address or external address. */
  serviceAt(address: string): { service: Service; address: ServiceAddress } | undefined;
  pick(port: BalancedPort, client?: Client): Pick;
  /** A connection or request to the endpoint begins; {@link finished} must follow. */
  started(backend: Backend): void;
  /** @param milliseconds until the first byte of the answer; absent when none came. */
  finished(backend: Backend, milliseconds?: number): void;
  /** A connection was established. */
  connected(backend: Backend): void;
  /** A connection could not be established. @returns whether the endpoint is ejected now. */
  connectFailed(port: BalancedPort, backend: Backend): boolean;
  /** Stops following the store. */
  close(): void;
}

/** Follows Services and EndpointSlices in the store; a change is effective when `store.apply` returns. */
export function createBalancer(options: BalancerOptions): Balancer {
  const { store, node, zone } = options;
  const random = options.random ?? Math.random;
  const now = options.now ?? Date.now;
  const defaultPolicy = options.policy ?? randomPolicy;
  const slices = new SliceIndex();
  /** By `namespace/name`, then by port name, protocol and family. */
  const ports = new Map<string, Map<string, PortState>>();
  const addresses = new Map<string, { service: Service; address: ServiceAddress }>();
  const source = {
    place: { node, zone },
    now,
    slices: (namespace: string, name: string) => slices.of(namespace, name),
  };

  for (const slice of store.list("EndpointSlice.discovery.k8s.io")) slices.put(slice);
  for (const service of store.list("Service")) addAddresses(service);
  const unsubscribe = store.subscribe((changes) => changes.forEach(follow));

  function follow(change: Change): void {
    if (change.kind === "EndpointSlice.discovery.k8s.io") {
      if (change.previous !== undefined) touch(slices.delete(change.previous as EndpointSlice));
      if (change.type !== "deleted") touch(slices.put(change.object as EndpointSlice));
    } else if (change.kind === "Service") {
      if (change.previous !== undefined) removeAddresses(change.previous as Service);
      if (change.type !== "deleted") addAddresses(change.object as Service);
      followService(change.object as Service, change.type === "deleted");
    }
  }

  function touch(service: string | undefined): void {
    if (service === undefined) return;
    for (const state of ports.get(service)?.values() ?? []) state.invalidate();
  }

  function followService(service: Service, deleted: boolean): void {
    const id = idOf(service);
    for (const [key, state] of ports.get(id) ?? []) {
      const { port: name, protocol } = state.key;
      const port = deleted
        ? undefined
        : service.spec.ports?.find((p) => (p.name ?? "") === name && protocolOf(p) === protocol);
      if (port !== undefined) {
        state.update(service, port);
      } else {
        state.remove();
        ports.get(id)?.delete(key);
      }
    }
    if (deleted) ports.delete(id);
  }

  function addAddresses(service: Service): void {
    for (const address of serviceAddresses(service)) {
      // Two Services that claim one address: the first keeps it.
      if (!addresses.has(address.address)) addresses.set(address.address, { service, address });
    }
  }

  function removeAddresses(service: Service): void {
    for (const { address } of serviceAddresses(service)) {
      const owner = addresses.get(address)?.service;
      if (owner !== undefined && idOf(owner) === idOf(service)) addresses.delete(address);
    }
  }

  function portOf(service: Service, port: ServicePort, family = primaryFamily(service)): PortState {
    const id = idOf(service);
    let states = ports.get(id);
    if (states === undefined) {
      states = new Map();
      ports.set(id, states);
    }
    const protocol = protocolOf(port);
    const key = `${port.name ?? ""}/${protocol}/${family}`;
    let state = states.get(key);
    if (state === undefined) {
      const { namespace = "", name } = service.metadata;
      state = new PortState(
        { namespace, service: name, port: port.name ?? "", protocol, family },
        service,
        port,
        source,
      );
      states.set(key, state);
    }
    return state;
  }

  function lookup(
    namespace: string,
    name: string,
    number: number,
    protocol: Protocol = "TCP",
    family?: IPFamily,
  ): PortState | NoServicePort {
    const service = store.get("Service", namespace, name);
    if (service === undefined) {
      return none("no-service", `there is no Service ${namespace}/${name}`);
    }
    if (service.spec.type === "ExternalName") {
      return none(
        "external-name",
        `${namespace}/${name} is an alias for ${service.spec.externalName}, outside the cluster: it is not proxied`,
      );
    }
    const declared = service.spec.ports ?? [];
    const port = declared.find((p) => p.port === number && protocolOf(p) === protocol);
    if (port !== undefined) return portOf(service, port, family);
    const has = declared.map((p) => `${p.name ? `${p.name} ` : ""}${p.port}/${protocolOf(p)}`);
    return none(
      "no-port",
      `Service ${namespace}/${name} has no port ${number}/${protocol}; it has ${has.join(", ") || "no ports"}`,
    );
  }

  function pick(port: BalancedPort, client: Client = {}): Pick {
    const state = port as PortState;
    const traffic = client.traffic ?? "internal";
    const found = verdict(state.table, state.service, traffic, client.fromThisNode ?? false);
    if (found.outcome !== "use") return notPicked(state, found);
    const { set } = found;
    const time = now();
    let usable = set.backends;
    if (state.ejectedUntil > time && client.strict !== true) usable = withoutEjected(usable, time);
    const { hostname, exclude } = client;
    if (hostname !== undefined) {
      usable = set.backends.filter((backend) => backend.endpoint.hostname === hostname);
    }
    if (exclude !== undefined && exclude.size > 0) usable = withoutTried(usable, exclude);
    if (usable.length === 0) {
      return hostname === undefined
        ? {
            outcome: "reject",
            reason: `every endpoint of ${describeServicePort(state.key)} was tried`,
          }
        : notPicked(state, { outcome: "reject" }, hostname);
    }
    const policy = client.policy ?? defaultPolicy;
    const session = client.sessionKey === undefined ? client.address : `key ${client.sessionKey}`;
    const timeout =
      client.sessionKey === undefined ? affinityTimeout(state.service) : SESSION_KEY_MS;
    const sticky =
      timeout === undefined || session === undefined
        ? undefined
        : state.affinity.find(session, usable, time);
    const backend =
      sticky ??
      (usable.length === 1
        ? (usable[0] as Backend)
        : policy.choose(usable, { random, now, count: state.count++ }));
    if (timeout !== undefined && session !== undefined) {
      state.affinity.remember(session, backend, time + timeout);
    }
    return {
      outcome: "endpoint",
      address: backend.address,
      port: backend.port,
      endpoint: backend.endpoint,
      backend,
      chosenBy: sticky === undefined ? "policy" : "affinity",
      policy,
      from: set,
    };
  }

  function notPicked(
    state: PortState,
    found: { outcome: "reject" } | { outcome: "drop"; elsewhere: number },
    hostname?: string,
  ): NotPicked {
    return {
      outcome: found.outcome,
      get reason() {
        const { namespace, service } = state.key;
        if (found.outcome === "drop") {
          return `${namespace}/${service} has traffic policy Local and no endpoint on ${node === undefined ? "this node" : `node ${node}`} (${found.elsewhere} elsewhere): a cluster would leave the connection without an answer`;
        }
        const all = [...slices.of(namespace, service)];
        const why = whyNone(state.service, all, store);
        return hostname === undefined
          ? why
          : `no ready endpoint has the hostname ${hostname}: ${why}`;
      },
    };
  }

  return {
    lookup,
    portOf,
    serviceAt: (address) => addresses.get(address),
    pick,
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

/** Cookie and header sessions last as long as a ClientIP session by default. */
const SESSION_KEY_MS = 10_800_000;

/** Why this endpoint: `random of 3 ready endpoints`, `session affinity, of 3 ready endpoints`. */
export function describePick(pick: Picked): string {
  const how = pick.chosenBy === "affinity" ? "session affinity," : pick.policy.name;
  return `${how} of ${pick.from.description}`;
}

function withoutTried(
  backends: readonly Backend[],
  tried: ReadonlySet<Backend>,
): readonly Backend[] {
  const ids = new Set<string>();
  for (const { address, port } of tried) ids.add(`${address} ${port}`);
  return backends.filter(({ address, port }) => !ids.has(`${address} ${port}`));
}

function idOf(service: Service): string {
  return `${service.metadata.namespace ?? ""}/${service.metadata.name}`;
}

function none(code: NoServicePort["code"], reason: string): NoServicePort {
  return { outcome: "none", code, reason };
}
