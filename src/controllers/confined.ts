import { groupKindOf, type KubernetesObject } from "../objects/object.ts";
import type { ObjectKey } from "../objects/object-key.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { ListOptions, StoreReader } from "../store/store-reader.ts";

export interface Confinement {
  /** Selects the objects that the control loop sees. */
  sees(groupKind: string, object: KubernetesObject): boolean;
  /** Selects objects that it must not write: those of a cluster with control loops of its own. */
  isForeign(object: KubernetesObject): boolean;
}

/** A control loop that sees only a part of a store. */
export function confined(controller: Controller, confinement: Confinement): Controller {
  let reader: ConfinedReader | undefined;
  return {
    name: controller.name,
    ...(controller.kinds && { kinds: controller.kinds }),
    ...(controller.nextWake && { nextWake: () => controller.nextWake?.() }),
    reconcile(changes, store, now) {
      const seen = changes.filter(({ kind, object }) => confinement.sees(kind, object));
      const isTold = seen.length > 0 || controller.nextWake !== undefined || changes.length === 0;
      if (!isTold) return [];
      if (reader?.store !== store) reader = new ConfinedReader(store, confinement);
      return controller
        .reconcile(seen, reader, now)
        .filter((operation) => mayWrite(operation, store, confinement));
    },
  };
}

function mayWrite(operation: Operation, store: StoreReader, { isForeign }: Confinement): boolean {
  const { kind, namespace, name } = keyOfOperation(operation);
  const held = store.get(kind, namespace, name);
  return held === undefined || !isForeign(held);
}

function keyOfOperation(operation: Operation): ObjectKey {
  if (operation.op !== "put") return operation.key;
  const { metadata } = operation.object;
  return {
    kind: groupKindOf(operation.object),
    namespace: metadata.namespace ?? "",
    name: metadata.name,
  };
}

class ConfinedReader implements StoreReader {
  readonly store: StoreReader;
  readonly #confinement: Confinement;

  constructor(store: StoreReader, confinement: Confinement) {
    this.store = store;
    this.#confinement = confinement;
  }

  get resourceVersion(): number {
    return this.store.resourceVersion;
  }

  get(kind: string, namespace: string, name: string): never {
    const found = this.store.get(kind, namespace, name);
    return (found && this.#sees(kind, found) ? found : undefined) as never;
  }

  list(kind: string, options?: ListOptions): never[] {
    return this.store.list(kind, options).filter((each) => this.#sees(kind, each)) as never[];
  }

  count(kind: string, namespace?: string): number {
    return this.list(kind, namespace === undefined ? {} : { namespace }).length;
  }

  dependents(uid: string): KubernetesObject[] {
    return this.store.dependents(uid).filter((each) => this.#sees(groupKindOf(each), each));
  }

  kinds(): string[] {
    return this.store.kinds().filter((kind) => this.count(kind) > 0);
  }

  #sees(kind: string, object: KubernetesObject): boolean {
    return this.#confinement.sees(kind, object);
  }
}
