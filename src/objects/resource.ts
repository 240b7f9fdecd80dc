import type { Resource } from "./api-resource.ts";
import { RESOURCES } from "./tables/resources.ts";

/** The namespace of objects that name none. */
export const DEFAULT_NAMESPACE = "default";

/** Every kind and version that we know, the preferred version of a kind before its others. */
export { RESOURCES };

const BY_VERSION: ReadonlyMap<string, Resource> = new Map(
  RESOURCES.map((resource) => [`${resource.apiVersion} ${resource.kind}`, resource]),
);

/** Built in reverse, so that of several entries the first of the table wins. */
const REVERSED = [...RESOURCES].reverse();

const BY_GROUP_KIND: ReadonlyMap<string, Resource> = new Map(
  REVERSED.map((resource) => [resource.groupKind, resource]),
);

const BY_WORD: ReadonlyMap<string, Resource> = new Map(
  REVERSED.flatMap((resource) => {
    const { plural, singular, shortNames, group, version } = resource;
    return [plural, singular, ...shortNames].flatMap((word): [string, Resource][] =>
      group === ""
        ? [[word, resource]]
        : [
            [word, resource],
            [`${word}.${group}`, resource],
            [`${word}.${version}.${group}`, resource],
          ],
    );
  }),
);

/** A kind in the version that an object names. */
export function resourceOf(apiVersion: string, kind: string): Resource | undefined {
  return BY_VERSION.get(`${apiVersion} ${kind}`);
}

/**
 * The definition of a kind: of a resource, or of the body of a subresource, such as TokenRequest or Eviction.
 * @returns undefined for one that nothing is known of
 */
export function definitionOfKind(apiVersion: string, kind: string): string | undefined {
  const resource = resourceOf(apiVersion, kind);
  if (resource !== undefined) return resource.definition;
  const isBody = RESOURCES.some(({ subresources }) =>
    subresources.some((each) => each.apiVersion === apiVersion && each.kind === kind),
  );
  if (!isBody) return undefined;
  const [version, group = "core"] = apiVersion.split("/").reverse() as [string, string?];
  return `${group.split(".", 1)[0]}/${version}.${kind}`;
}

/** The preferred version of a kind, given as groupKind. */
export function resourceOfKind(groupKind: string): Resource | undefined {
  return BY_GROUP_KIND.get(groupKind);
}

/**
 * The kind that a word means to kubectl, in any case: `deploy`, `deployments`, `Deployment`,
 * `deployments.apps`, `deployments.v1.apps`.
 */
export function findResource(word: string): Resource | undefined {
  return BY_WORD.get(word.toLowerCase());
}

/** The kinds, by groupKind, that a word such as `all` means together; none for a word that means one kind. */
export function kindsOfCategory(word: string): readonly string[] {
  const found = RESOURCES.filter(({ categories }) => categories.includes(word));
  return [...new Set(found.map(({ groupKind }) => groupKind))];
}

/** Every word that {@link findResource} takes, group-qualified ones left out: for suggestions. */
export function resourceWords(): readonly string[] {
  const words = RESOURCES.flatMap(({ plural, singular, shortNames }) => [
    plural,
    singular,
    ...shortNames,
  ]);
  return [...new Set(words)];
}

/** Whether objects of a kind, given as groupKind, have no namespace; unknown kinds are assumed to have one. */
export function isClusterScoped(groupKind: string): boolean {
  return resourceOfKind(groupKind)?.namespaced === false;
}
