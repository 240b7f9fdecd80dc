import { LabelIndex } from "../labels/label-index.ts";
import { fromRequirements, type Selector } from "../labels/selector.ts";
import type { LoadedObject } from "../manifests/read-manifest.ts";
import { isRecord } from "../objects/json.ts";
import type { KnownKind, KnownKinds } from "../objects/known-kinds.ts";
import { groupKindOf, type KubernetesObject } from "../objects/object.ts";
import type { ObjectKey } from "../objects/object-key.ts";
import { kindOf } from "../objects/registry.ts";
import type { RouteFault } from "../routes/fault.ts";
import { shadowedMatches } from "../routes/shadowed.ts";
import { translate } from "../routes/translate.ts";
import type { ListOptions, ObjectReader } from "../store/store-reader.ts";
import {
  hasAddedLabels,
  isCustom,
  type NamespacePods,
  type PodSource,
  podsByNamespace,
} from "./pod-source.ts";

/** An object of a set, with its type. */
export interface Loaded<T extends KubernetesObject = KubernetesObject> extends LoadedObject {
  readonly object: T;
}

/** Parts of the files that could not be read. */
export interface NotRead {
  /** Objects that were refused. */
  readonly refused?: readonly ObjectKey[];
  /** How many documents can't even be identified. */
  readonly unidentified?: number;
}

const NO_PODS: NamespacePods = { sources: [], others: [], added: new Set() };

/**
 * All objects that are checked together, by kind and by name. An unreadable document may be any object, so that no
 * missing object is reported on its account.
 */
export class ManifestSet {
  readonly objects: readonly Loaded[];
  readonly #byKind = new Map<string, Loaded[]>();
  readonly #byName = new Map<string, Loaded>();
  #routeFaults: readonly RouteFault[] | undefined;
  readonly #refused: ReadonlySet<string>;
  /** Namespaces of refused objects that would have had pods. */
  readonly #withLostPods: ReadonlySet<string>;
  readonly #isWhole: boolean;
  #pods: Map<string, NamespacePods> | undefined;
  #mentioned: Set<string> | undefined;
  /** By namespace, indexes into {@link podSources}. */
  readonly #indexes = new Map<string, LabelIndex<number>>();

  constructor(objects: readonly LoadedObject[], { refused = [], unidentified = 0 }: NotRead = {}) {
    this.objects = objects;
    this.#refused = new Set(refused.map((key) => idOf(key.kind, key.namespace, key.name)));
    const makers = refused.filter(({ kind }) => kindOf(kind)?.pods !== undefined);
    this.#withLostPods = new Set(makers.map(({ namespace }) => namespace));
    this.#isWhole = unidentified === 0;
    for (const loaded of objects) {
      const kind = groupKindOf(loaded.object);
      const list = this.#byKind.get(kind);
      if (list === undefined) this.#byKind.set(kind, [loaded]);
      else list.push(loaded);
      const { namespace = "", name } = loaded.object.metadata;
      this.#byName.set(idOf(kind, namespace, name), loaded);
    }
  }

  list<K extends KnownKind>(kind: K): readonly Loaded<KnownKinds[K]>[];
  list(kind: string): readonly Loaded[];
  list(kind: string): readonly Loaded[] {
    return this.#byKind.get(kind) ?? [];
  }

  get<K extends KnownKind>(
    kind: K,
    namespace: string,
    name: string,
  ): Loaded<KnownKinds[K]> | undefined;
  get(kind: string, namespace: string, name: string): Loaded | undefined;
  get(kind: string, namespace: string, name: string): Loaded | undefined {
    return this.#byName.get(idOf(kind, namespace, name));
  }

  /** The objects in a store, for checks that need one. */
  get reader(): ObjectReader {
    const list = (kind: string, { namespace }: ListOptions = {}) =>
      this.list(kind)
        .map(({ object }) => object)
        .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
    const get = (kind: string, namespace: string, name: string) =>
      this.get(kind, namespace, name)?.object;
    return { list, get } as ObjectReader;
  }

  /** Errors in routes, Gateways and Ingresses, found by the code that serves them. */
  get routeFaults(): readonly RouteFault[] {
    if (this.#routeFaults === undefined) {
      const routing = translate(this.reader);
      this.#routeFaults = [...routing.faults, ...shadowedMatches(routing)];
    }
    return this.#routeFaults;
  }

  /** Whether an object is certainly missing in the manifests. */
  lacks(kind: string, namespace: string, name: string): boolean {
    const id = idOf(kind, namespace, name);
    return this.#isWhole && !this.#byName.has(id) && !this.#refused.has(id);
  }

  /** Whether an unreadable document may be an object of one of these kinds. */
  mayMissSome(kinds: readonly string[]): boolean {
    if (!this.#isWhole) return true;
    return kinds.some((kind) => [...this.#refused].some((id) => id.startsWith(`${kind}\n`)));
  }

  /** The names of a kind in a namespace. */
  names(kind: string, namespace: string): string[] {
    return this.list(kind)
      .filter(({ object }) => (object.metadata.namespace ?? "") === namespace)
      .map(({ object }) => object.metadata.name);
  }

  /**
   * Whether a custom resource has this name or contains it: a Certificate, an ExternalSecret and the like create
   * objects that are in no manifest.
   */
  isMentioned(name: string): boolean {
    this.#mentioned ??= textsOf(this.objects.filter(({ object }) => isCustom(object)));
    return this.#mentioned.has(name);
  }

  /** The sources of pods in a namespace, bare pods included. */
  podSources(namespace: string): readonly PodSource[] {
    return this.#podsOf(namespace).sources;
  }

  /** The {@link podSources} with pods that a selector matches, in the same order. */
  selected(namespace: string, selector: Selector): PodSource[] {
    const { added } = this.#podsOf(namespace);
    const asked = selector.requirements.filter(({ key }) => added.has(key));
    if (asked.length === 0) return this.#labelled(namespace, selector);
    const rest = fromRequirements(selector.requirements.filter(({ key }) => !added.has(key)));
    return this.#labelled(namespace, rest).filter((source) => hasAddedLabels(source, asked));
  }

  /** Whether a selector certainly matches no pods of the manifests. */
  lacksPods(namespace: string, selector: Selector): boolean {
    if (!this.#isWhole || this.#withLostPods.has(namespace)) return false;
    const { others } = this.#podsOf(namespace);
    if (others.some((labels) => selector.matches(labels))) return false;
    return this.selected(namespace, selector).length === 0;
  }

  /** {@link podSources} of every namespace. */
  *allPodSources(): Generator<PodSource> {
    this.#pods ??= podsByNamespace(this.objects);
    for (const { sources } of this.#pods.values()) yield* sources;
  }

  #podsOf(namespace: string): NamespacePods {
    this.#pods ??= podsByNamespace(this.objects);
    return this.#pods.get(namespace) ?? NO_PODS;
  }

  #labelled(namespace: string, selector: Selector): PodSource[] {
    const { sources } = this.#podsOf(namespace);
    let index = this.#indexes.get(namespace);
    if (index === undefined) {
      index = new LabelIndex();
      for (const [position, { labels }] of sources.entries()) index.add(position, labels);
      this.#indexes.set(namespace, index);
    }
    return index
      .select(selector)
      .sort((a, b) => a - b)
      .map((position) => sources[position]!);
  }
}

/** Every string in objects, names included. */
function textsOf(objects: readonly LoadedObject[]): Set<string> {
  const texts = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === "string") texts.add(value);
    else if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isRecord(value)) for (const field of Object.values(value)) visit(field);
  };
  for (const { object } of objects) {
    texts.add(object.metadata.name);
    visit(object.spec);
  }
  return texts;
}

function idOf(kind: string, namespace: string, name: string): string {
  return `${kind}\n${namespace}\n${name}`;
}
