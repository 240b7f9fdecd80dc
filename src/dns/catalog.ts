import type { ServiceImport } from "../objects/cluster.ts";
import {
  type EndpointSlice,
  isEndpointReady,
  SERVICE_NAME_LABEL,
} from "../objects/endpoint-slice.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import { clusterIPs, type Service } from "../objects/service.ts";
import { AddressIndex } from "../store/address-index.ts";
import type { Change } from "../store/operation.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { ObservedStore } from "./options.ts";

const SLICES = "EndpointSlice.discovery.k8s.io";
const IMPORTED_NAME_LABEL = "multicluster.kubernetes.io/service-name";
export const SOURCE_CLUSTER_LABEL = "multicluster.kubernetes.io/source-cluster";

/**
 * What an answer depends on; each change touches some of these topics. `namespace:shop`; `service:shop/web` (the
 * Service and its import); `endpoints:shop/web` (its slices: most answers with a ClusterIP don't depend on them);
 * `address:10.96.3.7` (reverse names and pods); `taken:127.96.3.7` (which program listens there). As long as no
 * answer depends on a Pod's address, changes of Pods touch only `pods`, which concerns no answer.
 */
export type Topic = string;

export type TopicListener = (topics: ReadonlySet<Topic>) => void;

/**
 * The store's objects, indexed as DNS needs them. It follows the store's change events, so answers reflect a change
 * when `store.apply` returns, and the work is proportional to the change.
 */
export class Catalog {
  readonly #entries = new Map<string, Map<string, CatalogEntry>>();
  readonly #servicesByIP: AddressIndex<Service>;
  readonly #slicesByIP: AddressIndex<EndpointSlice>;
  readonly #podsByIP: AddressIndex<Pod>;
  readonly #namespaces = new Set<string>();
  /** Number of objects in each namespace. */
  readonly #population = new Map<string, { objects: number }>();
  readonly #listeners = new Set<TopicListener>();
  readonly #now: () => Date;
  readonly #unsubscribe: () => void;
  #serial = 0;

  constructor(store: ObservedStore, now: () => Date) {
    this.#now = now;
    this.#servicesByIP = new AddressIndex(allocatedIPs, () => store.list("Service"));
    this.#slicesByIP = new AddressIndex(readyAddresses, () => store.list(SLICES));
    this.#podsByIP = new AddressIndex(listedIPs, () => store.list("Pod"));
    const changes: Change[] = [];
    for (const kind of store.kinds()) {
      for (const object of store.list(kind)) changes.push({ type: "added", kind, object });
    }
    this.#apply(changes);
    this.#unsubscribe = store.subscribe((batch) => this.#apply(batch));
  }

  /** The SOA serial: Unix time of the last change that matters to DNS, always more than the serial before (D.8). */
  get serial(): number {
    return this.#serial;
  }

  /** Called within `store.apply` with the topics that a batch touched. */
  subscribe(listener: TopicListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  /** @param declared only a Namespace object makes a namespace exist, not the objects in it. */
  hasNamespace(name: string, declared: boolean): boolean {
    return this.#namespaces.has(name) || (!declared && this.#population.has(name));
  }

  namespaces(declared: boolean): string[] {
    return [...new Set([...this.#namespaces, ...(declared ? [] : this.#population.keys())])];
  }

  entry(namespace: string, name: string): CatalogEntry | undefined {
    return this.#entries.get(namespace)?.get(name);
  }

  /** All entries of a namespace, by name. */
  entriesOf(namespace: string): ReadonlyMap<string, CatalogEntry> {
    return this.#entries.get(namespace) ?? new Map();
  }

  /** Services with this ClusterIP. */
  servicesWithIP(address: string): readonly Service[] {
    return this.#servicesByIP.with(address);
  }

  /** Slices in which a ready endpoint has this address. */
  slicesWithIP(address: string): readonly EndpointSlice[] {
    return this.#slicesByIP.with(address);
  }

  /** Pods that have this address in status.podIP and have not ended (D.1). */
  podsWithIP(address: string): readonly Pod[] {
    return this.#podsByIP.with(address);
  }

  #apply(changes: readonly Change[]): void {
    const topics = new Set<Topic>();
    for (const change of changes) this.#applyOne(change, topics);
    this.touch(topics);
  }

  /** Called when something changed that answers depend on. */
  touch(topics: ReadonlySet<Topic>): void {
    if (topics.size === 0) return;
    this.#serial = Math.max(this.#serial + 1, Math.floor(this.#now().getTime() / 1000));
    for (const listener of [...this.#listeners]) listener(topics);
  }

  #applyOne({ type, kind, object, previous }: Change, topics: Set<Topic>): void {
    const gone = type === "deleted";
    if (type !== "modified") this.#count(object, gone ? -1 : 1, topics);
    switch (kind) {
      case "Namespace":
        if (gone) this.#namespaces.delete(object.metadata.name);
        else this.#namespaces.add(object.metadata.name);
        if (type !== "modified") topics.add(`namespace:${object.metadata.name}`);
        return;
      case "Service":
        this.#service(
          previous as Service | undefined,
          gone ? undefined : (object as Service),
          topics,
        );
        return;
      case "ServiceImport.multicluster.x-k8s.io":
        this.#place(object, topics, (entry) => {
          if (gone) delete entry.serviceImport;
          else entry.serviceImport = object as ServiceImport;
        });
        return;
      case SLICES:
        this.#slice(
          previous as EndpointSlice | undefined,
          gone ? undefined : (object as EndpointSlice),
          topics,
        );
        return;
      case "Pod":
        this.#pod(previous as Pod | undefined, gone ? undefined : (object as Pod), topics);
        return;
    }
  }

  #count(object: KubernetesObject, step: number, topics: Set<Topic>): void {
    const { namespace } = object.metadata;
    if (namespace === undefined || namespace === "") return;
    const population = this.#population.get(namespace);
    if (population === undefined) {
      if (step > 0) this.#population.set(namespace, { objects: step });
    } else {
      population.objects += step;
      if (population.objects > 0) return;
      this.#population.delete(namespace);
    }
    topics.add(`namespace:${namespace}`);
  }

  #service(before: Service | undefined, after: Service | undefined, topics: Set<Topic>): void {
    const object = after ?? before;
    if (object === undefined) return;
    touchAddresses(this.#servicesByIP.change(before, after), topics);
    this.#place(object, topics, (entry) => {
      if (after === undefined) delete entry.service;
      else entry.service = after;
    });
  }

  #slice(
    before: EndpointSlice | undefined,
    after: EndpointSlice | undefined,
    topics: Set<Topic>,
  ): void {
    this.#placeSlice(before, after, SERVICE_NAME_LABEL, "slices", topics);
    this.#placeSlice(before, after, IMPORTED_NAME_LABEL, "importedSlices", topics);
    touchAddresses(this.#slicesByIP.change(before, after), topics);
  }

  #placeSlice(
    before: EndpointSlice | undefined,
    after: EndpointSlice | undefined,
    label: string,
    table: "slices" | "importedSlices",
    topics: Set<Topic>,
  ): void {
    const was = labelOf(before, label);
    const is = labelOf(after, label);
    if (was !== undefined && was !== is) {
      const object = before as EndpointSlice;
      const forget = (entry: CatalogEntry) => entry[table].delete(object.metadata.name);
      this.#place(object, topics, forget, "endpoints", was);
    }
    if (is !== undefined) {
      const object = after as EndpointSlice;
      const keep = (entry: CatalogEntry) => entry[table].set(object.metadata.name, object);
      this.#place(object, topics, keep, "endpoints", is);
    }
  }

  #pod(before: Pod | undefined, after: Pod | undefined, topics: Set<Topic>): void {
    const addresses = this.#podsByIP.change(before, after);
    const was = before === undefined ? undefined : listedIP(before);
    const is = after === undefined ? undefined : listedIP(after);
    if (was === is) return;
    topics.add("pods");
    touchAddresses(addresses, topics);
  }

  #place(
    object: KubernetesObject,
    topics: Set<Topic>,
    change: (entry: CatalogEntry) => void,
    topic: "service" | "endpoints" = "service",
    name = object.metadata.name,
  ): void {
    const namespace = object.metadata.namespace ?? "";
    let entries = this.#entries.get(namespace);
    if (entries === undefined) {
      entries = new Map();
      this.#entries.set(namespace, entries);
    }
    let entry = entries.get(name);
    if (entry === undefined) {
      entry = { slices: new Map(), importedSlices: new Map() };
      entries.set(name, entry);
    }
    change(entry);
    topics.add(`${topic}:${namespace}/${name}`);
    if (
      entry.service === undefined &&
      entry.serviceImport === undefined &&
      entry.slices.size + entry.importedSlices.size === 0
    ) {
      entries.delete(name);
      if (entries.size === 0) this.#entries.delete(namespace);
    }
  }
}

function labelOf(slice: EndpointSlice | undefined, label: string): string | undefined {
  const { labels } = slice?.metadata ?? {};
  const value = labels !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined;
  return value === "" ? undefined : value;
}

function touchAddresses(addresses: Iterable<string>, topics: Set<Topic>): void {
  for (const address of addresses) topics.add(`address:${address}`);
}

function allocatedIPs(service: Service): readonly string[] {
  return clusterIPs(service).filter((address) => address !== "None");
}

function readyAddresses({ endpoints }: EndpointSlice): readonly string[] {
  return endpoints.filter(isEndpointReady).flatMap(({ addresses }) => addresses);
}

function listedIPs(pod: Pod): readonly string[] {
  const address = listedIP(pod);
  return address === undefined ? [] : [address];
}

/** The pod's address; undefined for a pod that has ended or is terminating. */
function listedIP(pod: Pod): string | undefined {
  const { podIP, phase } = pod.status ?? {};
  if (podIP === undefined || podIP === "" || pod.metadata.deletionTimestamp !== undefined) {
    return undefined;
  }
  return phase === "Succeeded" || phase === "Failed" || phase === "Unknown" ? undefined : podIP;
}
