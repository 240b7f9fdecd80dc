import type { Selector } from "../labels/selector.ts";
import { SelectorIndex } from "../labels/selector-index.ts";
import { append } from "../objects/append.ts";
import { extended } from "../objects/extended.ts";
import { controllerOf, groupKind, type KubernetesObject } from "../objects/object.ts";
import { describeObject, qualifiedName } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import type { Controller } from "../store/controller.ts";
import type { Change, Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { controllerReference } from "./ownership.ts";
import { isActive } from "./pod-state.ts";
import { WakeTimes } from "./wake-times.ts";
import type { WorkloadOptions } from "./workload-options.ts";

/** What differs between kinds of workloads. */
export interface WorkloadLoop<W extends KubernetesObject, C extends KubernetesObject> {
  /** Its name in messages. */
  readonly name: string;
  readonly kind: string;
  /** The kind of its children. */
  readonly childKind: string;
  /**
   * The selector of its children: it adopts matching ones without a controller and releases those that no longer
   * match. Without a selector it does neither.
   */
  readonly selectorOf?: (workload: W) => Selector;
  /** A further condition for children; default: none. */
  readonly isMember?: (workload: W, child: C) => boolean;
  /** Brings the children of one workload closer to what they should be. */
  readonly reconcile: (
    workload: W,
    children: readonly C[],
    store: StoreReader,
    now: Date,
  ) => Outcome;
  /** The workload was deleted. */
  readonly forget?: (workload: W) => void;
}

export interface Outcome {
  readonly operations: readonly Operation[];
  /** When to run again even without a change, in milliseconds. */
  readonly wake?: number | undefined;
}

/**
 * What all workload controllers share: which workloads a change concerns, which children they have, and when they run
 * again. A workload that causes an error does not affect the others.
 */
export function workloadController<W extends KubernetesObject, C extends KubernetesObject>(
  loop: WorkloadLoop<W, C>,
  { onFinding }: WorkloadOptions,
): Controller {
  const wakes = new WakeTimes();
  const adoption = new Adoption<W, C>(loop);
  const failing = new Map<string, string>();

  function reconcileOne(
    key: string,
    workload: W,
    store: StoreReader,
    now: Date,
    adopts: boolean,
  ): Operation[] {
    try {
      const { children, claims } = adoption.claim(workload, store, adopts);
      const { operations, wake } = loop.reconcile(workload, children as C[], store, now);
      wakes.set(key, wake);
      failing.delete(key);
      return [...claims, ...operations];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (failing.get(key) !== message) {
        failing.set(key, message);
        onFinding?.({
          rule: "workload-unusable",
          severity: "error",
          object: describeObject(workload),
          message: `this workload makes nothing: ${message}`,
        });
      }
      return [];
    }
  }

  return {
    name: loop.name,
    kinds: new Set([loop.kind, loop.childKind]),
    nextWake: () => wakes.next(),
    reconcile(changes, store, now) {
      const touched = new Set(wakes.due(now));
      // Workloads that look for orphans; there can be no new ones elsewhere.
      const adopting = new Set<string>();
      for (const change of changes) {
        if (change.kind === loop.kind) {
          const key = keyText(change.object);
          touched.add(key);
          if (change.object.spec !== change.previous?.spec) adopting.add(key);
          if (change.type === "deleted") {
            wakes.set(key, undefined);
            failing.delete(key);
            loop.forget?.(change.object as W);
          }
        } else if (change.kind === loop.childKind) {
          touchOwners(change, loop.kind, touched);
          if (controllerOf(change.object) === undefined) adoption.touch(change.object, adopting);
        }
      }
      const operations: Operation[] = [];
      for (const key of adopting) touched.add(key);
      for (const key of touched) {
        const slash = key.indexOf("/");
        const namespace = key.slice(0, slash);
        const name = key.slice(slash + 1);
        const workload = store.get(loop.kind, namespace, name) as W | undefined;
        // A workload that is being deleted creates nothing: its children are being deleted with it.
        const isEnding = workload?.metadata.deletionTimestamp !== undefined;
        if (workload === undefined || isEnding) adoption.forget(namespace, name);
        else append(operations, reconcileOne(key, workload, store, now, adopting.has(key)));
      }
      return operations;
    },
  };
}

function keyText({ metadata: { namespace = "", name } }: KubernetesObject): string {
  return qualifiedName(namespace, name);
}

/** The workloads that control the changed object, or did before. */
function touchOwners({ object, previous }: Change, kind: string, touched: Set<string>): void {
  const owner = controllerOf(object);
  if (owner !== undefined && groupKind(owner.apiVersion, owner.kind) === kind) {
    touched.add(qualifiedName(object.metadata.namespace, owner.name));
  }
  if (
    previous === undefined ||
    previous.metadata.ownerReferences === object.metadata.ownerReferences
  ) {
    return;
  }
  const former = controllerOf(previous);
  if (former !== undefined && groupKind(former.apiVersion, former.kind) === kind) {
    touched.add(qualifiedName(object.metadata.namespace, former.name));
  }
}

/** Assigns children to workloads, by owner reference and selector. */
class Adoption<W extends KubernetesObject, C extends KubernetesObject> {
  readonly #loop: WorkloadLoop<W, C>;
  readonly #selectors = new Map<string, SelectorIndex<string>>();
  readonly #known = new Map<string, { spec: unknown; selector: Selector }>();

  constructor(loop: WorkloadLoop<W, C>) {
    this.#loop = loop;
  }

  /** Touches the workloads that may adopt an orphan. */
  touch(orphan: KubernetesObject, touched: Set<string>): void {
    // Every change of a Pod passes here, and most clusters lack most kinds of workloads, so those cost nothing.
    if (this.#selectors.size === 0) return;
    const { namespace = "", labels = {} } = orphan.metadata;
    for (const name of this.#selectors.get(namespace)?.matching(labels) ?? []) {
      touched.add(qualifiedName(namespace, name));
    }
  }

  forget(namespace: string, name: string): void {
    this.#selectors.get(namespace)?.remove(name);
    this.#known.delete(qualifiedName(namespace, name));
  }

  /** The children of a workload, with the operations that adopt orphans and release children that don't match. */
  claim(
    workload: W,
    store: StoreReader,
    adopts: boolean,
  ): { readonly children: KubernetesObject[]; readonly claims: Operation[] } {
    const { uid = "", namespace = "" } = workload.metadata;
    const owned = store
      .dependents(uid)
      .filter(
        (object) => isChild(object, this.#loop.childKind) && controllerOf(object)?.uid === uid,
      );
    const selector = this.#selectorOf(workload);
    if (selector === undefined) return { children: owned, claims: [] };
    const claims: Operation[] = [];
    const isMember = (child: KubernetesObject) =>
      this.#loop.isMember?.(workload, child as C) ?? true;
    const children = owned.filter((child) => {
      const keeps = selector.matches(child.metadata.labels ?? {}) && isMember(child);
      if (!keeps) claims.push({ op: "put", object: released(child, uid) });
      return keeps;
    });
    // An empty selector would adopt every Pod.
    if (!adopts || selector.requirements.length === 0) return { children, claims };
    for (const orphan of store.list(this.#loop.childKind, { namespace, labelSelector: selector })) {
      if (controllerOf(orphan) !== undefined || !isAdoptable(orphan) || !isMember(orphan)) continue;
      claims.push({ op: "put", object: adopted(orphan, workload) });
      children.push(orphan);
    }
    return { children, claims };
  }

  #selectorOf(workload: W): Selector | undefined {
    const { namespace = "", name } = workload.metadata;
    const key = qualifiedName(namespace, name);
    const known = this.#known.get(key);
    if (known?.spec === workload.spec) return known?.selector;
    const selector = this.#loop.selectorOf?.(workload);
    if (selector === undefined) return undefined;
    this.#known.set(key, { spec: workload.spec, selector });
    let selectors = this.#selectors.get(namespace);
    if (selectors === undefined) {
      selectors = new SelectorIndex();
      this.#selectors.set(namespace, selectors);
    }
    selectors.replace(name, selector);
    return selector;
  }
}

function isChild(object: KubernetesObject, kind: string): boolean {
  return groupKind(object.apiVersion, object.kind) === kind;
}

function isAdoptable(orphan: KubernetesObject): boolean {
  if (orphan.metadata.deletionTimestamp !== undefined) return false;
  return orphan.kind !== "Pod" || isActive(orphan as Pod);
}

function adopted(orphan: KubernetesObject, owner: KubernetesObject): KubernetesObject {
  const { ownerReferences = [] } = orphan.metadata;
  return {
    ...orphan,
    metadata: extended(orphan.metadata, {
      ownerReferences: [...ownerReferences, controllerReference(owner)],
    }),
  };
}

function released(child: KubernetesObject, uid: string): KubernetesObject {
  const { ownerReferences = [], ...metadata } = child.metadata;
  const left = ownerReferences.filter((reference) => reference.uid !== uid);
  return {
    ...child,
    metadata: left.length === 0 ? metadata : extended(metadata, { ownerReferences: left }),
  };
}
