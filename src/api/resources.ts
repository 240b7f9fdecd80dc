import type { Resource } from "../objects/api-resource.ts";
import { groupKind, type KubernetesObject } from "../objects/object.ts";
import { RESOURCES } from "../objects/resource.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { CUSTOM_RESOURCE_DEFINITION, customResources } from "./custom/definition.ts";

/** The resources that are served: the built-in ones, and those that CustomResourceDefinitions add. */
export class ServedResources {
  readonly #store: StoreReader;
  #definitions: readonly KubernetesObject[] = [];
  #all: readonly Resource[] = RESOURCES;
  #byPath = index(RESOURCES);
  /** Incremented whenever the set changes, so that discovery documents can be cached. */
  version = 0;

  constructor(store: StoreReader) {
    this.#store = store;
  }

  all(): readonly Resource[] {
    this.#refresh();
    return this.#all;
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    this.#refresh();
    return this.#byPath.get(pathOf(group, version, plural));
  }

  /** Every version of a kind, the preferred one first. */
  versionsOf(group: string, kind: string): readonly Resource[] {
    const name = groupKind(group === "" ? "v1" : `${group}/v1`, kind);
    return this.all().filter((resource) => resource.groupKind === name);
  }

  #refresh(): void {
    const definitions = this.#store.list(CUSTOM_RESOURCE_DEFINITION);
    const isSame =
      definitions.length === this.#definitions.length &&
      definitions.every((each, i) => each === this.#definitions[i]);
    if (isSame) return;
    this.#definitions = definitions;
    // A definition can't replace a built-in resource of the same name.
    const builtIn = new Set(RESOURCES.map(({ group, plural }) => `${plural}.${group}`));
    const added = definitions
      .flatMap(customResources)
      .filter(({ group, plural }) => !builtIn.has(`${plural}.${group}`));
    this.#all = [...RESOURCES, ...added];
    this.#byPath = index(this.#all);
    this.version++;
  }
}

function index(resources: readonly Resource[]): ReadonlyMap<string, Resource> {
  return new Map(
    resources.map((resource) => {
      const { group, version, plural } = resource;
      return [pathOf(group, version, plural), resource];
    }),
  );
}

function pathOf(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}
