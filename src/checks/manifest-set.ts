import { LabelIndex } from "../labels/label-index.ts";
import type { Labels } from "../labels/labels.ts";
import type { Selector } from "../labels/selector.ts";
import type { LoadedObject } from "../manifests/read-manifest.ts";
import type { KnownKind, KnownKinds } from "../objects/known-kinds.ts";
import { groupKindOf, type KubernetesObject } from "../objects/object.ts";
import { type PodTemplate, podTemplateOf } from "../objects/pod-templates.ts";
import type { RouteFault } from "../routes/fault.ts";
import { shadowedMatches } from "../routes/shadowed.ts";
import { translate } from "../routes/translate.ts";
import type { ListOptions, ObjectReader } from "../store/store-reader.ts";

/** An object of a set, with its type. */
export interface Loaded<T extends KubernetesObject = KubernetesObject> extends LoadedObject {
  readonly object: T;
}

/** The pods that an object of the set stands for: itself a Pod, or a workload. */
export interface TemplateUse {
  readonly loaded: Loaded;
  readonly namespace: string;
  readonly labels: Labels;
  readonly template: PodTemplate;
}

/** All objects that are checked together, looked up by kind and by name. */
export class ManifestSet {
  readonly objects: readonly Loaded[];
  readonly #byKind = new Map<string, Loaded[]>();
  readonly #byName = new Map<string, Loaded>();
  #routeFaults: readonly RouteFault[] | undefined;
  #templates: Map<string, TemplateUse[]> | undefined;
  /** By namespace, the positions in {@link templates}. */
  readonly #indexes = new Map<string, LabelIndex<number>>();

  constructor(objects: readonly LoadedObject[]) {
    this.objects = objects;
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

  /** The objects by themselves, for what is asked of a store too. */
  get reader(): ObjectReader {
    const list = (kind: string, { namespace }: ListOptions = {}) =>
      this.list(kind)
        .map(({ object }) => object)
        .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
    const get = (kind: string, namespace: string, name: string) =>
      this.get(kind, namespace, name)?.object;
    return { list, get } as ObjectReader;
  }

  /** What is wrong with routes, Gateways and Ingresses, as those find who serve them. */
  get routeFaults(): readonly RouteFault[] {
    if (this.#routeFaults === undefined) {
      const routing = translate(this.reader);
      this.#routeFaults = [...routing.faults, ...shadowedMatches(routing)];
    }
    return this.#routeFaults;
  }

  /** The names of a kind in a namespace. */
  names(kind: string, namespace: string): string[] {
    return this.list(kind)
      .filter(({ object }) => (object.metadata.namespace ?? "") === namespace)
      .map(({ object }) => object.metadata.name);
  }

  /** What makes pods in a namespace, bare pods included. */
  templates(namespace: string): readonly TemplateUse[] {
    this.#templates ??= templatesByNamespace(this.objects);
    return this.#templates.get(namespace) ?? [];
  }

  /** Those of {@link templates} that a selector takes, in the same order. */
  selected(namespace: string, selector: Selector): TemplateUse[] {
    const uses = this.templates(namespace);
    let index = this.#indexes.get(namespace);
    if (index === undefined) {
      index = new LabelIndex();
      for (const [position, { labels }] of uses.entries()) index.add(position, labels);
      this.#indexes.set(namespace, index);
    }
    return index
      .select(selector)
      .sort((a, b) => a - b)
      .map((position) => uses[position]!);
  }

  /** {@link templates} of every namespace. */
  *allTemplates(): Generator<TemplateUse> {
    this.#templates ??= templatesByNamespace(this.objects);
    for (const uses of this.#templates.values()) yield* uses;
  }
}

function templatesByNamespace(objects: readonly Loaded[]): Map<string, TemplateUse[]> {
  const uses = new Map<string, TemplateUse[]>();
  for (const loaded of objects) {
    const template = podTemplateOf(loaded.object);
    if (template === undefined) continue;
    const { namespace = "" } = loaded.object.metadata;
    const labels = template.metadata?.labels ?? {};
    const list = uses.get(namespace) ?? [];
    list.push({ loaded, namespace, labels, template });
    uses.set(namespace, list);
  }
  return uses;
}

function idOf(kind: string, namespace: string, name: string): string {
  return `${kind}\n${namespace}\n${name}`;
}
