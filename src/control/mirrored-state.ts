import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { Operation } from "../store/operation.ts";
import { Store } from "../store/store.ts";
import { ANY_PORT, type LocalEndpoint, type WatchLine } from "./protocol.ts";
import { declaredEndpoints } from "./subject.ts";

/** What a running engine knows, followed line by line. Its control loops have run already: here are none. */
export class MirroredState {
  readonly store: Store;
  readonly #local = new Map<string, LocalAddress>();
  /** What pods declare by themselves: it is there whether or not a Service leads to them. */
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
    // In a network of its own a pod listens where it is asked for; elsewhere one port stands for all of its.
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
    // Where endpoints are comes before the news that they are there.
    this.#note(line.local);
    this.store.apply(operations);
  }

  /** The engine is gone, and with it everything it told. */
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
