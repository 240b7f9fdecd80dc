import { fromMap } from "../labels/selector.ts";
import { SelectorIndex } from "../labels/selector-index.ts";
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { Topology } from "./family-slices.ts";
import { nodeOf } from "./pod-endpoint.ts";
import { isFinished } from "./pod-state.ts";
import { ServiceSlices, SLICE_CONTROLLER } from "./service-slices.ts";
import { isTopologyAware } from "./topology-mode.ts";

/** Services, pods and slices of one namespace, which selectors are limited to. */
export class NamespaceEndpoints {
  readonly #namespace: string;
  readonly #namesFrom: string;
  readonly #services = new Map<string, ServiceSlices>();
  readonly #selectors = new SelectorIndex<string>();
  /** The Services that a pod belongs to, by the pod's name. */
  readonly #memberships = new Map<string, Membership>();
  /** Our slices: Service names by slice names. */
  readonly #ours = new Map<string, string>();
  /** Slices of other controllers, by Service. */
  readonly #foreign = new Map<string, Set<string>>();
  readonly #dirty = new Set<string>();
  /** New Services whose pods were not searched yet. */
  readonly #new = new Set<string>();
  /** Pods that were seen in this round, if there are new Services. */
  readonly #noted = new Set<string>();
  #withdrawn: Operation[] = [];

  constructor(namespace: string, namesFrom: string) {
    this.#namespace = namespace;
    this.#namesFrom = namesFrom;
  }

  /** Notices slices of others, and changes of others to ours. */
  noteSlice(changed: KubernetesObject, store: StoreReader): void {
    const { name } = changed.metadata;
    const slice = store.get("EndpointSlice.discovery.k8s.io", this.#namespace, name);
    const service = this.#ours.get(name);
    if (service !== undefined) {
      if (slice !== undefined && this.#services.get(service)?.isWritten(slice)) return;
      if (slice === undefined) {
        this.#services.get(service)?.restore(name);
        this.#dirty.add(service);
        return;
      }
      this.#ours.delete(name);
    }
    const { labels } = slice?.metadata ?? changed.metadata;
    const owner = labels?.[SERVICE_NAME_LABEL];
    if (owner === undefined) return;
    const foreign = this.#foreign.get(owner);
    if (slice !== undefined && labels?.[MANAGED_BY_LABEL] === SLICE_CONTROLLER) {
      if (foreign === undefined) this.#foreign.set(owner, new Set([name]));
      else foreign.add(name);
    } else if (foreign?.delete(name) && foreign.size === 0) {
      this.#foreign.delete(owner);
    } else {
      return;
    }
    this.noteService(owner, store);
  }

  noteService(name: string, store: StoreReader): void {
    const service = store.get("Service", this.#namespace, name);
    const slices = this.#services.get(name);
    if (service === undefined || !this.#isOurs(service)) {
      if (slices !== undefined) this.#withdraw(name, slices, store);
      return;
    }
    if (slices !== undefined && slices.service.metadata.uid === service.metadata.uid) {
      this.#updateService(service, slices, store);
      return;
    }
    if (slices !== undefined) this.#withdraw(name, slices, store);
    this.#services.set(name, new ServiceSlices(service, this.#namesFrom));
    this.#selectors.replace(name, fromMap(service.spec.selector));
    this.#new.add(name);
    this.#dirty.add(name);
  }

  /** Searches the pods of new Services, unless this round has seen every pod anyway. */
  selectNew(store: StoreReader): void {
    if (this.#new.size === 0) return;
    const all = this.#noted.size === store.count("Pod", this.#namespace);
    this.#noted.clear();
    for (const name of all ? [] : this.#new) {
      const slices = this.#services.get(name);
      if (slices !== undefined) this.#select(slices.service, store);
    }
    this.#new.clear();
  }

  notePod(name: string, store: StoreReader): void {
    const pod = store.get("Pod", this.#namespace, name);
    const before = this.#memberships.get(name);
    if (pod === undefined || isFinished(pod)) {
      if (before !== undefined) this.#leave(name, before.services);
      this.#memberships.delete(name);
      if (pod !== undefined && this.#new.size > 0) this.#noted.add(name);
      return;
    }
    if (this.#new.size > 0) this.#noted.add(name);
    const { labels = {} } = pod.metadata;
    let services = before?.services;
    if (before === undefined || this.#new.size > 0 || !sameLabels(before.labels, labels)) {
      // Copied, since an array that grew by push keeps spare capacity.
      services = this.#selectors.matching(labels).slice();
      const gone = before?.services.filter((service) => !services?.includes(service));
      if (gone !== undefined) this.#leave(name, gone);
      if (services.length > 0) this.#memberships.set(name, { labels, services });
      else this.#memberships.delete(name);
    }
    for (const service of services ?? []) this.#count(service, pod, store);
  }

  noteNodes(store: StoreReader): void {
    for (const slices of this.#services.values()) {
      slices.invalidate();
      this.#select(slices.service, store);
    }
  }

  /** The zones' shares have changed: hints that depend on them are computed anew. */
  noteShares(): void {
    for (const [name, { service }] of this.#services) {
      if (isTopologyAware(service)) this.#dirty.add(name);
    }
  }

  flush(store: StoreReader, topology: Topology): Operation[] {
    const operations = this.#withdrawn;
    this.#withdrawn = [];
    const isTaken = (name: string) =>
      store.get("EndpointSlice.discovery.k8s.io", this.#namespace, name) !== undefined;
    for (const name of this.#dirty) {
      const slices = this.#services.get(name);
      if (slices === undefined) continue;
      for (const operation of slices.flush(isTaken, topology)) {
        if (operation.op === "put") this.#ours.set(operation.object.metadata.name, name);
        else if (operation.op === "delete") this.#ours.delete(operation.key.name);
        operations.push(operation);
      }
    }
    this.#dirty.clear();
    return operations;
  }

  #isOurs(service: Service): boolean {
    return (
      service.spec.type !== "ExternalName" &&
      Object.keys(service.spec.selector ?? {}).length > 0 &&
      !this.#foreign.has(service.metadata.name)
    );
  }

  #updateService(service: Service, slices: ServiceSlices, store: StoreReader): void {
    const before = slices.service;
    if (!jsonEqual(before.spec, service.spec) || hintsMayDiffer(before, service)) {
      slices.replaceService(service);
      this.#select(service, store);
    } else if (!jsonEqual(before.metadata.labels, service.metadata.labels)) {
      slices.relabel(service);
      this.#dirty.add(service.metadata.name);
    }
  }

  /** Updates the pods of a Service after its selector changed. */
  #select(service: Service, store: StoreReader): void {
    const { name } = service.metadata;
    const slices = this.#services.get(name);
    if (slices === undefined) return;
    const selector = fromMap(service.spec.selector);
    this.#selectors.replace(name, selector);
    this.#dirty.add(name);
    const selected = new Set<string>();
    for (const pod of store.list("Pod", { namespace: this.#namespace, labelSelector: selector })) {
      if (isFinished(pod)) continue;
      selected.add(pod.metadata.name);
      this.#join(pod, name);
      this.#count(name, pod, store);
    }
    for (const pod of [...slices.pods]) {
      if (selected.has(pod)) continue;
      slices.remove(pod);
      this.#unjoin(pod, name);
    }
  }

  #join(pod: Pod, service: string): void {
    const { name } = pod.metadata;
    const membership = this.#memberships.get(name);
    if (membership === undefined) {
      // The pod's own change may come later in this round; by then all selectors are new, and the Pod is looked up
      // again.
      this.#memberships.set(name, { labels: undefined, services: [service] });
    } else if (!membership.services.includes(service)) {
      membership.services.push(service);
    }
  }

  #unjoin(pod: string, service: string): void {
    const membership = this.#memberships.get(pod);
    const place = membership?.services.indexOf(service) ?? -1;
    if (place >= 0) membership?.services.splice(place, 1);
    if (membership?.services.length === 0) this.#memberships.delete(pod);
  }

  #count(service: string, pod: Pod, store: StoreReader): void {
    const slices = this.#services.get(service);
    if (slices === undefined) return;
    if (slices.put(pod, nodeOf(pod, slices.service, store))) this.#dirty.add(service);
  }

  #leave(pod: string, services: readonly string[]): void {
    for (const service of services) {
      if (this.#services.get(service)?.remove(pod)) this.#dirty.add(service);
    }
  }

  #withdraw(name: string, slices: ServiceSlices, store: StoreReader): void {
    for (const written of slices.written()) {
      const { name: slice } = written.metadata;
      if (!this.#ours.delete(slice)) continue;
      if (store.get("EndpointSlice.discovery.k8s.io", this.#namespace, slice) !== undefined) {
        this.#withdrawn.push({ op: "delete", key: keyOf(written) });
      }
    }
    for (const pod of slices.pods) this.#unjoin(pod, name);
    this.#services.delete(name);
    this.#selectors.remove(name);
  }
}

interface Membership {
  /** The labels by which the Services were found; absent while only Services have searched for the pod. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly services: string[];
}

function sameLabels(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>>,
): boolean {
  return a === b || jsonEqual(a, b);
}

function hintsMayDiffer(a: Service, b: Service): boolean {
  return !jsonEqual(a.metadata.annotations, b.metadata.annotations);
}
