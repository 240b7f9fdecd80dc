import type { ObservedStore } from "../dns/options.ts";
import type { LoopbackMirror } from "../net/loopback-mirror.ts";
import { podIPs } from "../objects/pod.ts";
import { clusterIPs } from "../objects/service.ts";

/** The addresses of the cluster by the loopback addresses that stand for them on this machine. */
export class MirroredAddresses {
  readonly #store: ObservedStore;
  readonly #mirror: LoopbackMirror;
  #originals: ReadonlyMap<string, string> | undefined;
  #version = -1;

  constructor(store: ObservedStore, mirror: LoopbackMirror) {
    this.#store = store;
    this.#mirror = mirror;
  }

  /** The cluster address behind a mirrored one; any other address unchanged. */
  original(address: string): string {
    if (!address.startsWith("127.") || address.startsWith("127.0.0.")) return address;
    if (this.#originals === undefined || this.#store.resourceVersion !== this.#version) {
      this.#version = this.#store.resourceVersion;
      this.#originals = this.#all();
    }
    return this.#originals.get(address) ?? address;
  }

  #all(): Map<string, string> {
    const originals = new Map<string, string>();
    const add = (address: string): void => {
      const mirrored = this.#mirror.addressOf(address);
      if (mirrored !== undefined && !originals.has(mirrored)) originals.set(mirrored, address);
    };
    for (const service of this.#store.list("Service")) clusterIPs(service).forEach(add);
    for (const pod of this.#store.list("Pod")) podIPs(pod).forEach(add);
    for (const { endpoints } of this.#store.list("EndpointSlice.discovery.k8s.io")) {
      for (const { addresses } of endpoints) addresses.forEach(add);
    }
    return originals;
  }
}
