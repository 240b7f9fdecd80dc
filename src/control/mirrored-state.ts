import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { Operation } from "../store/operation.ts";
import { Store } from "../store/store.ts";
import { ANY_PORT, type LocalEndpoint, type WatchLine } from "./protocol.ts";
import { declaredEndpoints } from "./subject.ts";

/**
 * A copy of a running engine's state, followed line by line. The engine has run the control loops already, so none
 * run here.
 */
export class MirroredState {
  readonly store: Store;
  readonly #local = new Map<string, LocalAddress>();
  /** Ports that pods declare themselves, whether or not a Service leads to them. */
  readonly #ofPods = new Map<string, LocalAddress>();

  /** @param store where its objects go; nothing else writes there. Default: one of its own. */
  constructor(store: Store = new Store()) {
    this.store = store;
  }

  localAddressOf(address: string, port: number): LocalAddress | undefined {
    const id = placeId(address, port);
    const local = this.#local.get(id) ?? this.#ofPods.get(id);
    if (local !== undefined) return local;
    const any = this.#ofPods.get(placeId(address, ANY_PORT));
    // A pod with a network of its own listens on the ports that are asked for; otherwise one entry may stand for all
    // its ports.
    return any?.door === undefined ? any : { ...any, port };
  }

  apply(line: WatchLine): void {
    if (line.type === "snapshot") {
      this.#forgetAll();
      this.#note(line.local);
      this.#replace(line.objects);
      return;
    }
    const operations = line.changes.map(({ type, object }): Operation => {
      for (const { pod, address, port } of declaredEndpoints(object)) {
        this.#placesOf(pod).delete(placeId(address, port));
      }
      return type === "deleted" ? { op: "delete", key: keyOf(object) } : { op: "put", object };
    });
    // The addresses of endpoints are updated before the endpoints themselves.
    this.#note(line.local);
    this.store.apply(operations);
  }

  /** The engine is gone, so its objects are removed. */
  clear(): void {
    this.#forgetAll();
    this.#replace([]);
  }

  #replace(objects: readonly KubernetesObject[]): void {
    const present = new Set(objects.map(idOf));
    const gone = this.store
      .kinds()
      .flatMap((kind) => this.store.list(kind).filter((object) => !present.has(idOf(object))));
    this.store.apply([
      ...gone.map((object): Operation => ({ op: "delete", key: keyOf(object) })),
      ...objects.map((object): Operation => ({ op: "put", object })),
    ]);
  }

  #note(endpoints: readonly LocalEndpoint[]): void {
    for (const { pod, address, port, local } of endpoints) {
      this.#placesOf(pod).set(placeId(address, port), local);
    }
  }

  #placesOf(pod: string | undefined): Map<string, LocalAddress> {
    return pod === undefined ? this.#local : this.#ofPods;
  }

  #forgetAll(): void {
    this.#local.clear();
    this.#ofPods.clear();
  }
}

function placeId(address: string, port: number): string {
  return `${address} ${port}`;
}

function idOf(object: KubernetesObject): string {
  const { kind, namespace, name } = keyOf(object);
  return `${kind}/${namespace}/${name}`;
}
