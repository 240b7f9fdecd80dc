import type { EndpointSlice } from "../objects/endpoint-slice.ts";
import type { Service, ServicePort } from "../objects/service.ts";
import { AffinityTable } from "./affinity.ts";
import { type Backend, backendId } from "./backend.ts";
import { noteSuccess } from "./ejection.ts";
import { type EndpointLoad, newLoad } from "./endpoint-load.ts";
import { EMPTY_TABLE, type EndpointTable, endpointTable } from "./endpoint-table.ts";
import { joinSlices } from "./join-slices.ts";
import type { ServicePortKey } from "./service-port.ts";
import type { NodePlace } from "./topology.ts";

/**
 * A service port with everything a choice needs. The object stays the same as long as the service port
 * exists; what it shows is always the store's newest state.
 */
export interface BalancedPort {
  readonly key: ServicePortKey;
  readonly service: Service;
  readonly port: ServicePort;
  readonly table: EndpointTable;
}

/** Where a {@link PortState} reads from. */
export interface PortSource {
  readonly place: NodePlace;
  now(): number;
  slices(namespace: string, name: string): Iterable<EndpointSlice>;
}

/** The balancer's own view of a service port: the snapshot, made when first asked for after a change. */
export class PortState implements BalancedPort {
  readonly key: ServicePortKey;
  /** Choices made so far. */
  count = 0;
  /** When the last ejection ends. */
  ejectedUntil = 0;
  #affinity: AffinityTable | undefined;
  #service: Service;
  #port: ServicePort;
  #table: EndpointTable | undefined;
  #loads = new Map<string, EndpointLoad>();
  /** Endpoints that were not ready in the last snapshot. */
  #unready: ReadonlySet<string> = new Set();
  readonly #source: PortSource;

  constructor(key: ServicePortKey, service: Service, port: ServicePort, source: PortSource) {
    this.key = key;
    this.#service = service;
    this.#port = port;
    this.#source = source;
  }

  /** Most service ports never need one. */
  get affinity(): AffinityTable {
    this.#affinity ??= new AffinityTable();
    return this.#affinity;
  }

  get service(): Service {
    return this.#service;
  }

  get port(): ServicePort {
    return this.#port;
  }

  get table(): EndpointTable {
    this.#table ??= this.#build();
    return this.#table;
  }

  /** The slices changed. */
  invalidate(): void {
    this.#table = undefined;
  }

  /** The Service changed. */
  update(service: Service, port: ServicePort): void {
    this.#service = service;
    this.#port = port;
  }

  /** The service port is gone; who still holds it finds no endpoint. */
  remove(): void {
    this.#table = EMPTY_TABLE;
  }

  #build(): EndpointTable {
    const { namespace, service } = this.key;
    const source = this.#source;
    const loads = new Map<string, EndpointLoad>();
    const backends = joinSlices(source.slices(namespace, service), this.key, source.place, (id) => {
      const load = loads.get(id) ?? this.#loads.get(id) ?? newLoad(source.now());
      loads.set(id, load);
      return load;
    });
    this.#loads = loads;
    this.#forgiveRecovered(backends);
    return endpointTable(backends, source.place);
  }

  /** An endpoint that passes its readiness probe again starts afresh: what made it fail is over. */
  #forgiveRecovered(backends: readonly Backend[]): void {
    const unready = new Set<string>();
    for (const { address, port, ready, load } of backends) {
      const id = backendId(address, port);
      if (!ready) unready.add(id);
      else if (this.#unready.has(id)) noteSuccess(load);
    }
    this.#unready = unready;
  }
}
